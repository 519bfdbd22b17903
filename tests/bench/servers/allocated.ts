import { getHeapStatistics } from 'node:v8';

// Preloaded into a contender: tells its parent how many bytes it has allocated so far.
process.on('message', (message) => {
  if (message === 'allocated') process.send?.({ allocated: getHeapStatistics().total_allocated_bytes });
});

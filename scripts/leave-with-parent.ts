// Preloaded into a process that we start: it ends when we do, even where we are killed and can't tell it.
// Its own children inherit the preload; they are its to end.
if (process.env.LEAVE_WITH === String(process.ppid)) {
  process.channel?.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}

export {};

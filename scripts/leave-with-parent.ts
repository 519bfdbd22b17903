// Preloaded into a process that we start: it ends when we do, even if we are killed. Its own children inherit the
// preload; it ends them.
if (process.env.LEAVE_WITH === String(process.ppid)) {
  process.channel?.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}

export {};

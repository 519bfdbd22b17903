// Preloaded into a child that we start: it ends when we do, even where we are killed and can't tell it.
process.channel?.unref();
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));

export {};

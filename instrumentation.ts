/** A wrong environment is said when the process starts, and not to whoever asks first. */
export async function register(): Promise<void> {
  // Next compiles this file for its edge runtime too, which has no process to end.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { checkEnv } = await import('#services/check-env.ts');
  checkEnv();
  const { drainStreamsWithNext } = await import('#services/streams.ts');
  drainStreamsWithNext();
}

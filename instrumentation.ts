/**
 * Before Next gets its first request: environment errors are reported, requests carry their peer, the inbox is worked
 * off.
 */
export async function register(): Promise<void> {
  // Next compiles this file for its edge runtime too, which has no process to end.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  // Schemas that are made from here on are compiled at their first use.
  await import('zod/compile');
  const { outliveReaders } = await import('#host/process/output.ts');
  outliveReaders();
  const { checkEnv } = await import('#config/check-env.ts');
  checkEnv();
  const { appendPeers } = await import('#host/server/peers.ts');
  const { setFieldsOnAll } = await import('#kernel/http/security/security-fields.ts');
  const { limitServersOfOthers } = await import('#host/server/server-limits.ts');
  const { environment } = await import('#config/env.ts');
  if (appendPeers()) {
    const { publicUrl, socketsPerAddress: perAddress } = environment();
    setFieldsOnAll(publicUrl);
    limitServersOfOthers({ perAddress, publicUrl });
  }
  // The lean host has begun with it already, and ends it when it drains.
  const { startWebhooks } = await import('#operations/webhooks/work.ts');
  startWebhooks();
  const { startTracingWithNext } = await import('#host/tracing/start.ts');
  const { operations } = await import('#operations/index.ts');
  await startTracingWithNext(environment(), operations);
  const { drainStreamsWithNext } = await import('#host/process/streams.ts');
  drainStreamsWithNext();
}

import { nextEngine } from '#app/engine.ts';
import { logger } from '#host/process/log.ts';
import { doneOf } from '#inspector/levers/override-words.ts';
import { clientAddressAppended } from '#kernel/http/security/client-address.ts';
import { logOverride, type OverrideEvent } from '#kernel/state/override-log.ts';
import { isStateError } from '#kernel/state/state.ts';

/** Does what an event says, and logs it. False if our store can't be reached: then nothing was done. */
export async function record(event: OverrideEvent): Promise<boolean> {
  try {
    await logOverride(nextEngine().runtime.sessions.state, event);
  } catch (thrown) {
    if (isStateError(thrown)) return false;
    throw thrown;
  }
  const { what, who, why } = doneOf(event);
  logger().warn({ lever: what, who, why }, 'lever');
  return true;
}

/** The address that a form came from: the names in it are typed by its sender. */
export function addressOf(request: Request): string {
  const { trustedProxies } = nextEngine().runtime;
  return clientAddressAppended(request.headers.get('x-forwarded-for') ?? undefined, trustedProxies);
}

import { gate } from '#kernel/contract/guard.ts';
import { type Env, loadEnv } from './env.ts';
import { accessOf, INSPECTOR_COOKIE } from './inspector-access.ts';

let env: Env | undefined;

/**
 * What opens the inspector opens the figures as well. They hold nothing of anybody, so a token alone puts them there, also
 * where the inspector is off and keeps no bodies. The environment is read for the first who asks, not at import.
 */
export const operators = gate(INSPECTOR_COOKIE, (asked) => {
  env ??= loadEnv();
  const { on, token } = env.inspector;
  return accessOf({ on: on || token !== undefined, token }, asked, Date.now());
});

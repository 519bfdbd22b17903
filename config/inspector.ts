import { z } from 'zod';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { isLoopback } from './public-origin.ts';
import { exampleOf } from './secrets/secrets.ts';
import { type ValuesOf, variable } from './variable.ts';

/** Whether there is an inspector, and what opens it. Without a token it is for this machine only. */
export interface InspectorSettings {
  readonly on: boolean;
  readonly token: string | undefined;
}

export const INSPECTOR = {
  INSPECTOR: variable(z.enum(['on', 'off']), {
    about:
      'The inspector at /inspector. Without INSPECTOR_TOKEN only this machine sees it, and only where PUBLIC_URL is this machine.',
    form: 'on or off',
    example: 'off',
    otherwise: 'on where PUBLIC_URL is this machine, off elsewhere',
  }),
  INSPECTOR_TOKEN: variable(z.string().regex(/^[\x21-\x7e]{24,256}$/), {
    about:
      'What opens the inspector: typed at /inspector/sign-in, or sent as a bearer token. It opens /api/ops/status and /api/metrics too, also with INSPECTOR=off.',
    form: 'a secret of 24 characters or more, without spaces',
    example: 'a-long-random-text-of-your-own',
    otherwise: 'none is asked for on this machine; elsewhere INSPECTOR=on wants one',
  }),
};

/** Behind a public address, personal data needs a secret that is not published. */
export function inspectorOf(
  values: ValuesOf<typeof INSPECTOR>,
  publicUrl: string,
  issues: ConfigIssue[],
): InspectorSettings {
  const local = isLoopback(publicUrl);
  const on = values.INSPECTOR === undefined ? local : values.INSPECTOR === 'on';
  const token = values.INSPECTOR_TOKEN;
  if (on && !local && token === undefined)
    issues.push(
      `INSPECTOR_TOKEN is not set, INSPECTOR is on, and PUBLIC_URL is ${publicUrl}, not this machine. ${exampleOf('INSPECTOR_TOKEN', INSPECTOR)}`,
    );
  return { on, token };
}

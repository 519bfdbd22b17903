import { APPS } from './apps.ts';
import { CDN } from './cdn.ts';
import { IDENTITY } from './identity.ts';
import { INSPECTOR } from './inspector.ts';
import { LIMITS } from './limits.ts';
import { SERVER } from './server.ts';
import { SHARED_STATE } from './shared-state.ts';
import { TRACES } from './trace-export.ts';
import { CREDENTIALS, credentialVariables } from './upstreams/credentials.ts';
import { UPSTREAM_VARIABLES } from './upstreams/targets.ts';
import type { ValuesOf, Variables } from './variable.ts';
import { WEBHOOKS } from './webhooks.ts';

/** Every environment variable but those of credentials; each is declared once, beside what is made of it. */
export const VARIABLES = {
  ...SERVER,
  ...UPSTREAM_VARIABLES,
  ...IDENTITY,
  ...SHARED_STATE,
  ...LIMITS,
  ...APPS,
  ...WEBHOOKS,
  ...INSPECTOR,
  ...TRACES,
  ...CDN,
};

export type VariableName = keyof typeof VARIABLES;
export type Values = ValuesOf<typeof VARIABLES>;

/** Every variable that is read. */
export const ALL_VARIABLES: Variables = { ...VARIABLES, ...credentialVariables(CREDENTIALS) };

import { z } from 'zod';

/**
 * How the process is; `degraded` names the upstreams that it rests from or has no token for, and `cache-tier` where the
 * shared cache does not answer; `mocked` those that a mock stands in for.
 */
export const HealthView = z
  .object({ status: z.string(), degraded: z.array(z.string()), mocked: z.array(z.string()) })
  .meta({ id: 'Health' });

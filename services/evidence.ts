import { loadEnv } from './env.ts';
import { isLoopback } from './env-variables.ts';

/**
 * Whether a page may show what happened to a request: in development, and where we serve this machine alone. Request ids
 * are counted and so can be guessed; anywhere else they would lead strangers to each other's requests.
 */
export function mayShowEvidence(): boolean {
  const { dev, publicUrl } = loadEnv();
  return dev || isLoopback(publicUrl);
}

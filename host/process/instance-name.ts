import cluster from 'node:cluster';
import { hostname } from 'node:os';

/** What this process is called among all that share a state: its machine, its port, and which worker it is. */
export function instanceName(port: number): string {
  const worker = cluster.worker === undefined ? '' : `/${cluster.worker.id}`;
  return `${hostname()}:${port}${worker}`;
}

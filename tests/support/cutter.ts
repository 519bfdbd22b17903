import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** What stands between clients and one or several hosts, and can cut lines like any network. */
export interface Cutter {
  readonly url: string;
  /** How many connections there are. */
  lines(): number;
  /** Resets one connection at random, or none where there are none. */
  cutOne(): void;
  cutAll(): void;
  /** The hosts' ports: each connection goes to one of them. A host that is taken out gets none. */
  ports: readonly number[];
  /** Where connections come from, one after the other; this machine's own address where there is none. */
  addresses: readonly string[];
  close(): Promise<void>;
}

export async function startCutter(...ports: number[]): Promise<Cutter> {
  let next = 0;
  const lines = new Set<Socket>();
  const reset = (socket: Socket) => socket.resetAndDestroy();
  const server = createServer((near) => {
    const { ports: to, addresses: from } = cutter;
    const localAddress = from[next % from.length];
    const far = connect({
      host: '127.0.0.1',
      port: to[next++ % to.length] ?? 0,
      ...(localAddress && { localAddress }),
    });
    lines.add(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.on('close', () => {
      lines.delete(near);
      far.destroy();
    });
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutter: Cutter = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines: () => lines.size,
    cutOne: () => {
      const all = [...lines];
      const chosen = all[Math.floor(Math.random() * all.length)];
      if (chosen) reset(chosen);
    },
    cutAll: () => {
      for (const line of lines) reset(line);
    },
    ports,
    addresses: [],
    close: () =>
      new Promise((resolve) => {
        cutter.cutAll();
        server.close(() => resolve());
      }),
  };
  return cutter;
}

import { connect, type Socket } from 'node:net';

/** A client that opens a stream and then does nothing: a socket and no more, so that many fit into one process. */
export interface IdleClient {
  /** What has come since it was last asked for. */
  take(): string;
  leave(): void;
}

/** Opens a stream from an address of this machine; resolves once its first bytes are here. */
export function openIdle(port: number, target: string, localAddress: string): Promise<IdleClient> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket: Socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.once('error', reject);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (text.includes('event: ready')) resolve({ take, leave: () => socket.destroy() });
    });
    socket.once('close', () => reject(new Error(`closed: ${text.slice(0, 200)}`)));
    socket.write(
      [
        `GET ${target} HTTP/1.1`,
        'Host: 127.0.0.1',
        'Accept: text/event-stream',
        'Cache-Control: no-cache',
        'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
        'Accept-Language: en-GB,en;q=0.9',
        '',
        '',
      ].join('\r\n'),
    );
    const take = () => {
      const taken = text;
      text = '';
      return taken;
    };
  });
}

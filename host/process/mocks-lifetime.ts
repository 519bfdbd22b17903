import { get } from 'node:http';
import { processSingleton } from '#kernel/base/registry.ts';
import { forgetValues } from '#kernel/upstream/lane/state.ts';

const AGAIN_AFTER = 100;

/**
 * In development the mocks start again whenever one is edited. A request that they never answer breaks when they end:
 * cached values are then forgotten, so that the next answer is of the new ones.
 */
export function followMocks(port: number): void {
  const following = processSingleton('mocks followed', () => ({ port: 0 }));
  if (following.port === port) return;
  following.port = port;
  follow(port);
}

function follow(port: number): void {
  const again = () => setTimeout(follow, AGAIN_AFTER, port).unref();
  const request = get({ host: '127.0.0.1', port, path: '/__lifetime', agent: false }, (response) => {
    response.resume();
    response.on('error', () => undefined);
    response.on('close', () => {
      forgetValues();
      again();
    });
  });
  request.on('error', again);
  request.on('socket', (socket) => socket.unref());
}

/** @param {import('node:http').Server} server Listens on a free port, tells it to the parent, and leaves with it. */
export function listen(server) {
  server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
  process.on('disconnect', () => process.exit(0));
}

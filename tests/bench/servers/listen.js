/** @param {import('node:http').Server} server Listens on a free port, tells it to the parent, and leaves with it. */
export async function listen(server) {
  process.on('disconnect', () => process.exit(0));
  const options = { port: 0, host: '127.0.0.1' };
  // Ours has a way of its own; that of an older commit has not.
  if ('open' in server) process.send?.({ port: await server.open(options) });
  else server.listen(options, () => process.send?.({ port: server.address().port }));
}

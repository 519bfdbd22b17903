import { stateKeys } from '#services/identity/state-keys.ts';

// One of several processes that want the key of a folder that may have none.
const [, , folder = ''] = process.argv;
for (const key of stateKeys(undefined, folder)) process.stdout.write(Buffer.from(key).toString('hex'));

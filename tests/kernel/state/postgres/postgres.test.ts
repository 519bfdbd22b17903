import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { openPostgresState } from '#kernel/state/postgres/postgres.ts';
import { freePort } from '#tests/support/host.ts';
import { runs } from '#tests/support/long.ts';
import { type PostgresServer, settingsFor, startPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { stateSuite } from '../suite.ts';

describe.skipIf(isSkipped('initdb'))(`with Postgres${skipNote('initdb')}`, () => {
  let server: PostgresServer;
  let url: string;
  let nobody: number;
  beforeAll(async () => {
    server = await startPostgres();
    nobody = await freePort();
  });
  afterAll(() => server.dispose());
  beforeEach(async () => {
    url = await server.database();
  });

  stateSuite('a database', runs(40), () => {
    let place = url;
    return {
      open: (clock) => openPostgresState(settingsFor(place), clock),
      spoil: () => {
        place = `postgres://test@127.0.0.1:${nobody}/gone`;
      },
      dispose: () => {},
    };
  });
});

import { beforeAll, beforeEach, describe } from 'vitest';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { freePort } from '#tests/support/host.ts';
import { runs } from '#tests/support/long.ts';
import { type PostgresServer, settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { stateSuite } from '../suite.ts';

describe.skipIf(isSkipped('initdb'))(`with Postgres${skipNote('initdb')}`, () => {
  let server: PostgresServer;
  let url: string;
  let nobody: number;
  beforeAll(async () => {
    server = await sharedPostgres();
    nobody = await freePort();
  });
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

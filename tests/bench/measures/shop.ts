import { PRODUCT_COUNT } from '../../../mocks/seed/products.ts';
import { startMockServer } from '../../../mocks/server.ts';
import { checkoutOf } from '../../drills/overload/checkout.ts';
import { appToken } from '../../support/app-login.ts';
import { startCollector } from '../../support/collector.ts';
import { ready, runHost } from '../contender.ts';
import { type Entrant, type Race, type Result, race } from '../race.ts';
import { bar, start, stopAll } from '../running.ts';
import { PRODUCT } from './cached.ts';

interface Shop {
  /** A product that was not asked for yet, with all that stands beside it. */
  readonly page: Result[];
  /** A customer's account. */
  readonly personal: Result[];
}

/** The shop itself, with its traces exported as well, and as it was at `against`. */
export async function raceShop(rules: Race, against: string | undefined): Promise<Shop> {
  const mocks = await startMockServer(0, { latency: 'none' });
  await start(Promise.resolve({ stop: () => mocks.close() }));
  const collector = await startCollector();
  await start(Promise.resolve({ stop: () => collector.close() }));
  const env = { MOCKS_PORT: String(mocks.port), RATE_LIMIT_READS: 'off' };
  const traced = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const hosts = [
    await start(runHost('lean host', '../..', true, env)),
    await start(runHost('with traces exported', '../..', true, traced)),
  ];
  if (against !== undefined) hosts.push(await start(runHost(against, checkoutOf(against), true, env)));
  for (const host of hosts) await ready(host, PRODUCT);
  const fields = `Authorization: Bearer ${await appToken(mocks.port, 'ada')}\r\n`;
  const pages = hosts.map((contender): Entrant => {
    let next = 0;
    return { contender, target: () => `/api/products/p-${String(next++ % PRODUCT_COUNT).padStart(6, '0')}` };
  });
  const page = await race(pages, rules, bar('The shop’s product page, cold'));
  const accounts = hosts.map((contender) => ({ contender, target: () => '/api/account', fields }));
  const personal = await race(accounts, rules, bar('A customer’s account'));
  stopAll();
  return { page, personal };
}

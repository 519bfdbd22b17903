import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createParser } from 'eventsource-parser';
import { bytesOf, openWire, type Wire } from '#tests/hosts/wire.ts';
import { signIn, visitor } from './visitor.ts';

/** The way through a proxy to its hosts: one proxy is trusted, and so many logins may begin from an address. */
export interface Through {
  readonly url: string;
  /** The bearer of a customer. */
  readonly token: string;
  readonly logins: number;
}

/** Milliseconds: a proxy that holds a stream back does so for longer, and so does a connection that is wedged. */
const BOUND = 15_000;

/** What docs/proxies.md promises of each proxy; one that does not keep it throws. */
export const PROMISES = {
  '304': staysUnchanged,
  PATCH: changesWhatItRead,
  events: streamsAtOnce,
  'sign-in': signsIn,
  body: isNotWedged,
  address: namesTheClient,
} satisfies Record<string, (through: Through) => Promise<void>>;

async function staysUnchanged({ url, token }: Through): Promise<void> {
  for (const target of ['/api/openapi.json', '/api/products/p-000042', '/api/account']) {
    const headers = { authorization: `Bearer ${token}` };
    const first = await fetch(url + target, { headers });
    await first.arrayBuffer();
    const known = { ...headers, 'if-none-match': first.headers.get('etag') ?? '' };
    assert.equal((await fetch(url + target, { headers: known })).status, 304, target);
  }
}

/** With the ETag that came through: a proxy that weakens or keeps it would make the change a 412 for ever. */
async function changesWhatItRead(through: Through): Promise<void> {
  const address = await firstAddress(through);
  for (const city of ['Potsdam', 'Jena']) {
    assert.equal(await move(through, address, city), 200);
    const now = await fetch(address, { headers: { authorization: `Bearer ${through.token}` } });
    assert.equal(((await now.json()) as { city: string }).city, city);
  }
}

/** What is there when it begins, and what comes later. */
async function streamsAtOnce(through: Through): Promise<void> {
  const address = await firstAddress(through);
  const gone = new AbortController();
  let snapshots = 0;
  let came = () => {};
  const parser = createParser({
    onEvent: ({ event }) => {
      if (event === 'snapshot') snapshots++;
      came();
    },
  });
  const until = (count: number, what: string) =>
    within(
      what,
      new Promise<void>((resolve) => {
        came = () => snapshots >= count && resolve();
        came();
      }),
    );
  const reading = (async () => {
    const headers = { authorization: `Bearer ${through.token}`, accept: 'text/event-stream' };
    const answer = await fetch(`${through.url}/api/addresses`, { headers, signal: gone.signal });
    for await (const chunk of answer.body ?? []) parser.feed(Buffer.from(chunk).toString());
  })().catch(() => {});
  try {
    await until(1, 'the first event');
    assert.equal(await move(through, address, 'Gera'), 200);
    await until(2, 'the event of a change');
  } finally {
    gone.abort();
    await reading;
  }
}

async function signsIn({ url }: Through): Promise<void> {
  const ada = visitor();
  const signedIn = await signIn(ada, url, 'ada', '/account');
  assert.equal(signedIn.headers.get('location'), '/account');
  assert.equal((await ada.get(`${url}/account`)).status, 200);
  assert.equal((await ada.send('POST', `${url}/api/auth/logout`)).status, 200);
}

/** A body in chunks that is over its limit: neither this connection nor those behind the proxy may wait for its rest. */
async function isNotWedged({ url, token }: Through): Promise<void> {
  const { host, port } = new URL(url);
  const fields = [`Host: ${host}`, `Authorization: Bearer ${token}`, 'Content-Type: application/json'];
  const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
  for (let time = 0; time < 4; time++) {
    const wire = await openWire(Number(port));
    try {
      wire.send(bytesOf('POST', '/api/addresses', [...fields, 'Transfer-Encoding: chunked']) + chunk);
      const answer = wire.read();
      await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 500))]);
      wire.send(`${chunk.repeat(20)}0\r\n\r\n`);
      assert.equal((await within('the refusal', answer))?.status, 413);
      await answersNext(wire, host);
    } finally {
      wire.close();
    }
    for (let next = 0; next < 4; next++) {
      const answer = await within('a request behind it', fetch(`${url}/api/health/live`));
      assert.equal(answer.status, 200);
      await answer.arrayBuffer();
    }
  }
}

/** Or is closed. */
async function answersNext(wire: Wire, host: string): Promise<void> {
  wire.send(bytesOf('GET', '/api/health/live', [`Host: ${host}`]));
  const next = await within('the next request', wire.read());
  assert.ok(next === undefined || next.status === 200, `the next request: ${next?.status}`);
}

/** Whoever invents addresses is counted as one, and whoever comes from another one is somebody else. */
async function namesTheClient({ url, logins }: Through): Promise<void> {
  const statuses: (number | undefined)[] = [];
  // Each of the two hosts counts by itself.
  for (let number = 1; number <= logins * 2 + 2; number++)
    statuses.push(await beginLogin('127.0.0.2', url, `203.0.113.${number}`));
  assert.deepEqual([statuses[0], statuses.at(-1)], [303, 429], 'invented addresses');
  assert.equal(await beginLogin('127.0.0.3', url, '127.0.0.2'), 303, 'another address');
}

/** Every address of 127.0.0.0/8 is another client. */
function beginLogin(localAddress: string, url: string, forwarded: string): Promise<number | undefined> {
  const options = { localAddress, headers: { 'x-forwarded-for': forwarded }, agent: false };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/auth/login`, options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject).end();
  });
}

async function firstAddress({ url, token }: Through): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const list = (await (await fetch(`${url}/api/addresses`, { headers })).json()) as { items: { id: string }[] };
  return `${url}/api/addresses/${list.items[0]?.id}`;
}

/** The status of a change of an address as it stands. */
async function move({ token }: Through, address: string, city: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const read = await fetch(address, { headers });
  await read.arrayBuffer();
  const moved = await fetch(address, {
    method: 'PATCH',
    headers: { ...headers, 'if-match': read.headers.get('etag') ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({ city }),
  });
  await moved.arrayBuffer();
  return moved.status;
}

async function within<T>(what: string, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${BOUND} ms`)), BOUND);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

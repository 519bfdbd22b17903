import type { Metadata } from 'next';
import { connection } from 'next/server';
import { day } from '#app/dates.ts';
import { nextEngine } from '#app/engine.ts';
import { PLATFORMS } from '#kernel/contract/app-policy.ts';

export const metadata: Metadata = { title: 'What goes away' };

const PLATFORM_NAMES = { ios: 'iOS', android: 'Android' };

/** Where the Link of a deprecated answer leads: what goes, when, and what to use instead; and which builds are served. */
export default async function DeprecationsPage() {
  await connection();
  const { operations, runtime } = nextEngine();
  const going = operations.flatMap(({ contract: { id, summary, deprecated }, route }) =>
    deprecated ? [{ id, summary, route, ...deprecated }] : [],
  );
  return (
    <div className="page">
      <h1>What goes away</h1>
      <p className="reading">
        Nothing is taken away from an app that is out there without a word. An address that has a better one says so in
        every answer, in Deprecation, Sunset and Link.
      </p>
      <ul className="panels reading">
        {going.map(({ id, summary, route, since, sunset, successor }) => (
          <li key={id} className="panel">
            <h2>
              <code>{`${route.method} ${route.template}`}</code>
            </h2>
            <p>{summary}</p>
            <dl className="facts-list">
              <div>
                <dt>Deprecated since</dt>
                <dd>
                  <time dateTime={since}>{day(since)}</time>
                </dd>
              </div>
              <div>
                <dt>Answers until</dt>
                <dd>
                  <time dateTime={sunset}>{day(sunset)}</time>
                </dd>
              </div>
              <div>
                <dt>Use instead</dt>
                <dd>
                  <code>{`GET ${successor}`}</code>
                </dd>
              </div>
            </dl>
          </li>
        ))}
      </ul>
      <section className="section">
        <h2>Builds of the app</h2>
        <p className="reading">
          An app says what it is in <code>X-App-Version</code>, such as <code>ios/2.4.0</code>. A build that says
          nothing is always answered.
        </p>
        <ul className="panels reading">
          {PLATFORMS.map((platform) => {
            const { minimum, recommended } = runtime.apps[platform];
            return (
              <li key={platform} className="panel">
                <h3>{PLATFORM_NAMES[platform]}</h3>
                <dl className="facts-list">
                  <div>
                    <dt>Answered from</dt>
                    <dd>{minimum?.text ?? 'any build'}</dd>
                  </div>
                  <div>
                    <dt>Recommended from</dt>
                    <dd>{recommended?.text ?? 'any build'}</dd>
                  </div>
                </dl>
              </li>
            );
          })}
        </ul>
      </section>
    </div>
  );
}

import type { Metadata } from 'next';
import { flat, type Query } from '#app/query.ts';
import { issuesAhead, settingsOf, unknownIn } from '#config/configuration.ts';
import { environment, givenEnv } from '#config/env.ts';
import { counted } from '#operations/shape/ops/words.ts';
import { requireInspector } from '../panels/allowed.ts';
import { FilterForm } from '../panels/filter-form.tsx';
import { PanelHead } from '../panels/panel-head.tsx';
import { ScrollTable } from '../panels/scroll-table.tsx';

export const metadata: Metadata = { title: 'Config · Inspector' };

interface Props {
  readonly searchParams: Promise<Query>;
}

export default async function ConfigPage({ searchParams }: Props) {
  await requireInspector();
  const { q = '' } = flat(await searchParams);
  const { given, file } = givenEnv();
  const settings = settingsOf(environment(), given, file);
  const set = settings.filter(({ origin }) => origin !== 'default');
  const changed = settings.filter(({ inFile }) => inFile !== undefined);
  const issues = issuesAhead(given, file);
  const unknown = unknownIn(file);
  const found = settings.filter(({ name, about }) => `${name} ${about}`.toLowerCase().includes(q.trim().toLowerCase()));
  return (
    <div className="inspect">
      <PanelHead title="Config" live={false}>
        {counted(settings.length, 'variable')}, {set.length === 0 ? 'none of them set' : `${set.length} of them set`}.
        Secrets are not shown, nor how long they are.
      </PanelHead>
      {issues.length > 0 && (
        <div className="notice" role="alert">
          <p>
            With what <code>.env</code> says now it would not start again:
          </p>
          <ul>
            {issues.map((issue) => (
              <li key={issue}>{issue}</li>
            ))}
          </ul>
        </div>
      )}
      {issues.length === 0 && changed.length > 0 && (
        <p className="notice">
          <code>.env</code> says otherwise of {changed.map(({ name }) => name).join(', ')}: this process has them from
          its environment, or began before the change.
        </p>
      )}
      {unknown.length > 0 && (
        <p className="notice">
          Unused in <code>.env</code>: {unknown.join(', ')}. A letter off?
        </p>
      )}
      <FilterForm path="/inspector/config" value={q} label="Name or purpose" />
      <ScrollTable caption="Variables" columns={['Variable', 'Value', 'From']}>
        {found.map(({ name, value, origin, about, inFile, secret }) => (
          <tr key={name} data-row>
            <th scope="row" className="panel-wide">
              <code>{name}</code> <span className="soft small">{about}</span>
            </th>
            <td className="setting" data-origin={origin}>
              {secret && origin !== 'default' ? <span className="soft">set, not shown</span> : value}
              {inFile !== undefined && (
                <span className="soft small">{` .env: ${secret ? 'another one' : inFile}`}</span>
              )}
            </td>
            <td>
              <span className="panel-chip" data-origin={origin}>
                {origin}
              </span>
            </td>
          </tr>
        ))}
      </ScrollTable>
      {found.length === 0 && <p className="soft">No variable is called so.</p>}
      <p className="soft small">
        All of them with examples: <code>.env.example</code>. Each is checked when the process starts.
      </p>
    </div>
  );
}

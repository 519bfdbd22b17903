import { nextEngine } from '#app/engine.ts';
import { type Client, clientsOf } from '#inspector/endpoints/clients.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { plan } from '#kernel/contract/plan.ts';
import { ScenarioWord } from '#schemas/upstream/scenario.ts';
import { type Choices, FIELDS } from './choices.ts';

interface Props {
  readonly operation: Operation;
  readonly choices: Choices;
}

/** A form that asks an operation: all that it says stands in the address of the page which shows what came back. */
export function TryIt({ operation, choices }: Props) {
  const { contract, route } = operation;
  const { id, input, parts, apps } = contract;
  const { runtime } = nextEngine();
  const inPath = route.segments.flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []));
  const mocked = [...new Set(plan(operation).map(({ call }) => call.upstream.name))].filter(
    (name) => runtime.upstreams[name]?.mocked,
  );
  return (
    <form className="form try-it" method="get" action={`/inspector/endpoints/${id}/try`}>
      <input type="hidden" name={FIELDS.sent} value="1" />
      {Object.entries(input.shape).map(([name, schema]) => (
        <div className="field" key={name}>
          <label htmlFor={`try-${name}`}>
            {name} <span className="soft">{inPath.includes(name) ? 'in the path' : 'in the query'}</span>
          </label>
          <input
            id={`try-${name}`}
            name={name}
            defaultValue={choices.input[name] ?? ''}
            required={!schema.safeParse(undefined).success}
          />
        </div>
      ))}
      {apps && <ClientPicker clients={clientsOf(runtime.apps)} chosen={choices.client} />}
      {mocked.length > 0 && <ScenarioPicker upstreams={mocked} chosen={choices.scenario} />}
      {parts && (
        <fieldset className="try-parts">
          <legend>Parts</legend>
          {parts.map((part) => (
            <label key={part}>
              <input type="checkbox" name={FIELDS.parts} value={part} defaultChecked={choices.parts.includes(part)} />{' '}
              {part}
            </label>
          ))}
        </fieldset>
      )}
      <p className="soft small">It is sent as you, with your session.</p>
      <button className="button" type="submit">
        Send it
      </button>
    </form>
  );
}

function ClientPicker({ clients, chosen }: { clients: readonly Client[]; chosen: string }) {
  return (
    <div className="field">
      <label htmlFor="try-client">
        Client <span className="soft">as X-App-Version says</span>
      </label>
      <select id="try-client" name={FIELDS.client} defaultValue={chosen}>
        {clients.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function ScenarioPicker({ upstreams, chosen }: { upstreams: readonly string[]; chosen: string }) {
  return (
    <div className="field">
      <label htmlFor="try-scenario">
        Scenario <span className="soft">for this request alone</span>
      </label>
      <select id="try-scenario" name={FIELDS.scenario} defaultValue={chosen}>
        <option value="">as it is</option>
        {upstreams.map((upstream) => (
          <optgroup key={upstream} label={upstream}>
            {ScenarioWord.options.map((word) => (
              <option key={word} value={`${upstream}=${word}`}>{`${upstream}=${word}`}</option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

import { Fragment } from 'react';
import { here } from '#app/adapter.ts';
import { nextEngine } from '#app/engine.ts';
import { scenarioIn, WORDS } from '#inspector/scenario-choices.ts';
import { ScenarioWord, UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { currentScenario } from './scenario/current.ts';

/** The form that chooses how each mocked upstream behaves. Each choice is one click, and comes back to this page. */
export async function ScenarioForm({ back }: { back?: string }) {
  const { upstreams } = nextEngine().runtime;
  const mocked = UPSTREAMS.filter((name) => upstreams[name]?.mocked);
  const live = UPSTREAMS.filter((name) => !upstreams[name]?.mocked);
  if (mocked.length === 0) {
    return (
      <p>
        Nothing is mocked here, so no scenario can be played: live upstreams behave as they do. Start with{' '}
        <code>MOCKS=on</code>, or with <code>MOCKS=reviews,pricing</code> for some.
      </p>
    );
  }
  const current = await currentScenario();
  const playing = scenarioIn(current?.text);
  return (
    <form className="scenario-form" method="post" action="/inspector/scenario/set">
      <input type="hidden" name="return" value={back ?? (await here())} />
      {current?.problem && <p className="notice">{current.problem}</p>}
      <ul>
        {mocked.map((name) => (
          <li key={name}>
            <fieldset>
              <legend>{name}</legend>
              <button type="submit" name="set" value={`${name}=`} aria-pressed={playing[name] === undefined}>
                well
              </button>
              {ScenarioWord.options.map((word) => (
                <button
                  key={word}
                  type="submit"
                  name="set"
                  value={`${name}=${word}`}
                  title={WORDS[word]}
                  aria-pressed={playing[name] === word}
                >
                  {word}
                </button>
              ))}
            </fieldset>
          </li>
        ))}
      </ul>
      {live.length > 0 && <p className="soft small">Live, so without scenarios: {live.join(', ')}.</p>}
      <details>
        <summary className="small">What the words mean</summary>
        <dl className="scenario-words">
          {ScenarioWord.options.map((word) => (
            <Fragment key={word}>
              <dt>{word}</dt>
              <dd className="soft">{WORDS[word]}</dd>
            </Fragment>
          ))}
        </dl>
      </details>
      <p>
        <button className="panel-button" type="submit" name="all" value="off" disabled={current === undefined}>
          All well again
        </button>
      </p>
    </form>
  );
}

/** The picker in the head of every screen: it opens over the page, with scripts or without. */
export async function ScenarioPicker() {
  const current = await currentScenario();
  return (
    <>
      <button
        className="panel-button"
        type="button"
        popoverTarget="scenario-picker"
        data-key="s"
        data-on={current !== undefined}
      >
        Scenario<span className="visually-hidden">{current ? `, ${current.text} is on` : ', none is on'}</span>
      </button>
      <div className="scenario-picker" id="scenario-picker" popover="auto" role="dialog" aria-label="Scenario">
        <h2>How the mocked upstreams behave</h2>
        <p className="soft small">
          For this browser only, in a lane of its own: no other traffic notices. The same words work as{' '}
          <code>?scenario=</code> and <code>x-scenario</code>.
        </p>
        <ScenarioForm />
      </div>
    </>
  );
}

import { Logo } from '#app/components/header/logo.tsx';
import { nextEngine } from '#app/engine.ts';
import { ThemeSwitch } from '#app/theme/switch.tsx';
import { type Health, upstreamRows } from '#operations/shape/ops/upstream-rows.ts';
import { lanesHere } from '../panels/lanes-here.ts';
import { ScenarioPicker } from '../scenario-picker.tsx';
import { healthNote } from '../upstreams/health-word.tsx';

/** The bar over every screen: what this is, whether upstreams are mocked or live, their health, the scenario. */
export async function Bar() {
  return (
    <header className="inspector-bar">
      <a className="brand" href="/inspector">
        <Logo /> Tributary <span className="inspector-name">Inspector</span>
      </a>
      <Mode />
      <ScenarioPicker />
      <Dots />
      <nav className="inspector-ways" aria-label="Elsewhere">
        <a href="/">Shop</a>
        <a href="/docs">Reference</a>
      </nav>
      <ThemeSwitch />
      <button className="panel-button" type="button" popoverTarget="inspector-help" data-key="?">
        <span aria-hidden="true">?</span>
        <span className="visually-hidden">Keys and help</span>
      </button>
    </header>
  );
}

function Mode() {
  const upstreams = Object.values(nextEngine().runtime.upstreams);
  const mocked = upstreams.filter((upstream) => upstream.mocked).length;
  const [mode, title] =
    mocked === upstreams.length
      ? ['mocks', 'Every upstream is a mock']
      : mocked === 0
        ? ['live', 'Every upstream is live']
        : ['mixed', `${mocked} of ${upstreams.length} upstreams are mocks`];
  return (
    <span className="mode" data-mode={mode} title={title}>
      {mode}
      <span className="visually-hidden">: {title}</span>
    </span>
  );
}

const SHAPES: Readonly<Record<Health, string>> = {
  held: 'M1 1h8v8h-8z',
  open: 'M1 1h8v8h-8z',
  probing: 'M1 1h8v8h-8z',
  failing: 'M5 0.5l4.8 8.7h-9.6z',
  well: 'M5 1a4 4 0 1 1 0 8a4 4 0 1 1 0-8z',
  quiet: 'M5 1.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8z',
};

/** The health of each upstream in the viewer's lane: by shape, colour and word. */
async function Dots() {
  const { shown } = await lanesHere(undefined);
  const rows = upstreamRows(nextEngine().runtime.upstreams, shown, performance.now(), Date.now());
  const hurting = rows.filter(({ health }) => health !== 'well' && health !== 'quiet');
  return (
    <a className="dots" href="/inspector/upstreams">
      <svg width={rows.length * 13} height="10" aria-hidden="true">
        {rows.map(({ name, health }, at) => (
          <path key={name} d={SHAPES[health]} transform={`translate(${at * 13})`} data-health={health} />
        ))}
      </svg>
      <span className="small" title={hurting.map((row) => `${row.name}: ${healthNote(row)}`).join('\n')}>
        {hurting.length > 0
          ? `${namesOf(hurting.map(({ name }) => name))} hurting`
          : rows.every(({ health }) => health === 'quiet')
            ? 'Upstreams quiet'
            : 'Upstreams well'}
      </span>
    </a>
  );
}

const namesOf = (names: readonly string[]) =>
  names.length < 4 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

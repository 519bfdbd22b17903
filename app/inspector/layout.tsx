import type { ReactNode } from 'react';
import '../styles/inspector-panels.css';
import { ScenarioPicker } from './scenario-picker.tsx';

const RAIL = ['endpoints', 'upstreams', 'cache', 'contracts', 'inbox', 'streams', 'config'];

export default function InspectorLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <nav className="panel-tabs" aria-label="Inspector">
        {RAIL.map((name) => (
          <a key={name} href={`/inspector/${name}`}>
            {name}
          </a>
        ))}
      </nav>
      <ScenarioPicker />
      {children}
    </>
  );
}

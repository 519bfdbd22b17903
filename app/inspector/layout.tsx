import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import './styles/frame.css';
import './styles/requests.css';
import './styles/waterfall.css';
import './styles/payload.css';
import './styles/compare.css';
import './styles/panels.css';
import './styles/marks.css';
import './styles/sparks.css';
import './styles/plan.css';
import './styles/drifts.css';
import './styles/try.css';
import './styles/levers.css';
import { here } from '../adapter.ts';
import { OverrideBar } from './levers/override-bar.tsx';
import { access } from './panels/allowed.ts';
import { Bar } from './shell/bar.tsx';
import { Help } from './shell/help.tsx';
import { Keys } from './shell/keys.tsx';
import { Rail } from './shell/rail.tsx';

export const metadata: Metadata = { title: { default: 'Inspector', template: '%s' }, robots: 'noindex' };

/** The shell of all screens of the inspector. A visitor who is no operator gets the bare page, which says so. */
export default async function InspectorLayout({ children }: { children: ReactNode }) {
  const found = await access();
  if (found === 'absent') return children;
  if (found !== 'open') return <main>{children}</main>;
  return (
    <div className="inspector">
      <a className="inspector-skip" href="#screen">
        To the screen
      </a>
      <OverrideBar />
      <Bar />
      <Rail path={(await here()).split('?', 1)[0] ?? ''} />
      <main className="inspector-main" id="screen" tabIndex={-1}>
        {children}
      </main>
      <Help />
      <Keys />
    </div>
  );
}

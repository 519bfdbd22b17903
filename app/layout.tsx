import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { Header } from './components/header.tsx';
import { here } from './door.ts';
import { access } from './inspector/panels/allowed.ts';
import { ScenarioBanner } from './inspector/scenario-banner.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/shop.css';
import './styles/forms.css';
import './styles/personal.css';
import './styles/scenario.css';

export const metadata: Metadata = {
  title: { default: 'Tributary', template: '%s · Tributary' },
  description: 'Things that stay: lamps, tents and kettles that are made to be used.',
};

export default async function Layout({ children }: { children: ReactNode }) {
  // The inspector has a frame of its own, and nothing in it may be a request that it would then show.
  const inspecting = /^\/inspector(?:[/?]|$)/.test(await here()) && (await access()) !== 'absent';
  return (
    <html lang="en">
      <body>
        <ScenarioBanner />
        {inspecting ? children : <ShopFrame>{children}</ShopFrame>}
      </body>
    </html>
  );
}

function ShopFrame({ children }: { children: ReactNode }) {
  return (
    <>
      <Header />
      <main>{children}</main>
      <footer className="frame-foot">
        <div className="frame-row">
          <p>
            Tributary, a demonstration shop. Every page here is one request. <a href="/problems">What can go wrong</a>
          </p>
        </div>
      </footer>
    </>
  );
}

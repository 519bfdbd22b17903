import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { inspectorParts } from './inspector-parts.ts';
import { currentTheme } from './theme/theme.ts';
import './styles/tokens.css';
// All of them here: what a boundary of Next imports it has browsers load on every page, used or not.
import './styles/base.css';
import './styles/frame.css';
import './styles/shop.css';
import './styles/forms.css';
import './styles/personal.css';
import './styles/cart.css';
import './styles/checkout.css';
import './styles/account.css';
import './styles/scenario.css';

export const metadata: Metadata = {
  title: { default: 'Tributary', template: '%s · Tributary' },
  description: 'Things that stay: lamps, tents and kettles that are made to be used.',
};

export default async function Layout({ children }: { children: ReactNode }) {
  const { Banner } = inspectorParts;
  return (
    <html lang="en" data-theme={await currentTheme()}>
      <body>
        {Banner && <Banner />}
        {children}
      </body>
    </html>
  );
}

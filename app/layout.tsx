import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { Header } from './components/header.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/shop.css';
import './styles/forms.css';
import './styles/personal.css';

export const metadata: Metadata = {
  title: { default: 'Tributary', template: '%s · Tributary' },
  description: 'Things that stay: lamps, tents and kettles that are made to be used.',
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <Header />
        <main>{children}</main>
        <footer className="frame-foot">
          <div className="frame-row">
            <p>
              Tributary, a demonstration shop. Every page here is one request. <a href="/docs">The API</a> ·{' '}
              <a href="/problems">What can go wrong</a>
            </p>
          </div>
        </footer>
      </body>
    </html>
  );
}

import type { ReactNode } from 'react';
import { Header } from '#app/components/header/header.tsx';
import { ThemeSwitch } from '#app/theme/switch.tsx';

/** What stands around every page of the shop. */
export default function ShopLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <Header />
      <main>{children}</main>
      <footer className="frame-foot">
        <div className="frame-row">
          <p>
            Tributary, a demonstration shop. Every page here is one request. <a href="/docs">The API</a> ·{' '}
            <a href="/deprecations">What goes away</a> · <a href="/problems">What can go wrong</a>
          </p>
          <ThemeSwitch />
        </div>
      </footer>
    </>
  );
}

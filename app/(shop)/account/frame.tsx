import type { ComponentProps, ReactNode } from 'react';
import { AccountNav } from './nav.tsx';

interface Props extends ComponentProps<typeof AccountNav> {
  readonly title: string;
  readonly children: ReactNode;
}

/** A page of a customer's: the way around beside it. */
export function AccountFrame({ title, current, children }: Props) {
  return (
    <div className="aside-left">
      <AccountNav current={current} />
      <div className="page">
        <h1>{title}</h1>
        {children}
      </div>
    </div>
  );
}

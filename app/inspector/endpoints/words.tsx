import type { Contract } from '#kernel/contract/operation.ts';

export const Method = ({ method }: { method: string }) => (
  <span className="method" data-method={method}>
    {method}
  </span>
);

const FOR = { public: 'everybody', either: 'everybody, knows who', personal: 'its customer' } as const;

export const Audience = ({ audience }: { audience: Contract['audience'] }) => (
  <span className="panel-chip">{FOR[audience]}</span>
);

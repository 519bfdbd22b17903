// The package's main entry complains of every Node that is not LTS yet; these are the modules behind it.
declare module 'oidc-provider/lib/provider.js' {
  import type { default as Front } from 'oidc-provider';

  export const Provider: typeof Front;
}
declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  import type { AdapterConstructor } from 'oidc-provider';

  export function createMemoryAdapter(clockTolerance?: number): AdapterConstructor;
}

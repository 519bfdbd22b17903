import type { ReactNode } from 'react';
import { evidenceOf } from './inspector/evidence.tsx';
import { ScenarioBanner } from './inspector/scenario-banner.tsx';
import { Strip } from './inspector/strip.tsx';

interface InspectorParts {
  /** Above every page: which scenario is on. */
  readonly Banner?: () => Promise<ReactNode>;
  /** At the foot of a page: what it has cost. */
  readonly Strip?: () => Promise<ReactNode>;
  /** What is still known of a request; undefined unless an operator asks. */
  readonly evidenceOf?: (id: string) => Promise<ReactNode | undefined>;
}

/**
 * What the shop's pages show of the inspector. To leave it out, delete `app/inspector/` and `inspector/`, and let this be
 * `{}`: nothing else of the shop imports them.
 */
export const inspectorParts: InspectorParts = { Banner: ScenarioBanner, Strip, evidenceOf };

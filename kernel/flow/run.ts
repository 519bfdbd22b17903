import { type CallError, callError, isCallError, withDetails } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { below, type Flow, isWanted } from './flow.ts';
import { resolve } from './resolve.ts';
import {
  type Composition,
  type Each,
  type Need,
  type Section,
  type Sections,
  type Source,
  sectionReason,
} from './section.ts';
import { type Code, type Composed, isComposed, type Tools } from './tools.ts';

/** Sections on their way. */
export interface Running {
  /** What is in so far: a late optional section is not in it yet. */
  readonly values: Record<string, unknown>;
  /** Resolves when the subject and the required sections are in; rejects with the first of them that failed. */
  readonly required: Promise<unknown>;
  /** One promise for each optional section. They never fail, except with an internal error, which has no fallback. */
  readonly optional: Readonly<Record<string, Promise<void>>>;
}

/** Starts all sections at once. A failed subject or required section aborts its siblings. */
export function startSections(sections: Sections, flow: Flow): Running {
  const siblings = new Cancellation();
  const stopListening = flow.cancellation.onCancel((reason) => siblings.cancel(reason));
  const values: Record<string, unknown> = {};
  const required: Promise<void>[] = [];
  const optional: Record<string, Promise<void>> = {};

  let subject: Promise<void> | undefined;
  // Starts at one for this loop itself: a section that ends at once must not end the listening.
  let underWay = 1;
  const end = () => {
    if (--underWay === 0) stopListening();
  };

  const run = async (name: string, section: Section): Promise<void> => {
    const inside = below(flow, name, siblings, section.need === 'optional');
    try {
      values[name] = await evaluate(section.source, inside, section.need);
    } catch (thrown) {
      if (section.need === 'optional' && isCallError(thrown) && thrown.reason !== 'internal') {
        values[name] = section.fallback;
        degrade(inside, section, thrown);
        return;
      }
      // It may be missing because the subject does not exist: then the subject's own 404 is the answer.
      if (section.need === 'required' && isCallError(thrown) && thrown.reason === 'not-found') await subject;
      siblings.cancel(callError('aborted', `${inside.section} failed`));
      throw isCallError(thrown) ? blame(thrown, name, section.need) : thrown;
    } finally {
      end();
    }
  };

  for (const name in sections) {
    const section = sections[name] as Section;
    if (!isWanted(flow, name)) continue;
    // Left out as if the client had not asked for it, except that the answer says so.
    if (section.need === 'optional' && flow.shed?.includes(name)) {
      flow.dependencies.storable = false;
      flow.statuses[name] = { state: 'missing', reason: 'shed' };
      continue;
    }
    underWay++;
    const running = run(name, section);
    if (section.need === 'subject') subject = running;
    if (section.need === 'optional') {
      optional[name] = running;
      running.catch(ignore);
    } else required.push(running);
  }
  end();
  const all = Promise.all(required);
  all.catch(ignore);
  return { values, required: all, optional };
}

/** No unhandled rejection: the caller that awaits the sections gets the error. */
function ignore(): void {}

/** The values of all sections, once all are in. */
export async function settleSections(running: Running): Promise<Record<string, unknown>> {
  await Promise.all([running.required, ...Object.values(running.optional)]);
  return running.values;
}

/** Called with the sections of an answer while they arrive. */
export type OnArriving = (composed: Composed, running: Running) => void;

/** The result of a composed answer. */
export async function settleComposed<V>(composed: Composed<V>, flow: Flow, onArriving?: OnArriving): Promise<V> {
  const running = startSections(composed.sections, flow);
  onArriving?.(composed, running);
  return composed.reshape((await settleSections(running)) as never);
}

/** The tools for code that runs inside a flow. */
export function toolsFor(flow: Flow): Tools {
  const all = (sections: Sections, reshape?: (values: never) => unknown): unknown =>
    reshape ? { kind: 'composed', sections, reshape } : settleSections(startSections(sections, flow));
  return { all: all as Tools['all'], need: (source) => evaluate(source, flow, 'required') as Promise<never> };
}

function evaluate(source: Source, flow: Flow, need: Need): Promise<unknown> {
  if (source.kind === 'call') return resolve(source, flow, need);
  return source.kind === 'each' ? resolveEach(source, flow, need) : runComposition(source, flow);
}

async function resolveEach({ ids, of }: Each, flow: Flow, need: Need): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = Object.create(null);
  let failure: CallError | undefined;
  await Promise.all(
    ids.map(async (id) => {
      try {
        found[id] = await resolve(of(id), flow, need);
      } catch (thrown) {
        if (!isCallError(thrown) || thrown.reason === 'internal') throw thrown;
        if (thrown.reason !== 'not-found') failure ??= thrown;
      }
    }),
  );
  if (failure === undefined) return found;
  if (Object.keys(found).length === 0) throw failure;
  const name = flow.section === '' ? (failure.upstream ?? 'calls') : flow.section;
  flow.statuses[name] = { state: 'missing', reason: sectionReason(failure) };
  return found;
}

async function runComposition(composition: Composition, flow: Flow): Promise<unknown> {
  const code = composition.code as Code<unknown, never>;
  const outcome = await code(toolsFor(flow));
  return isComposed(outcome) ? settleComposed(outcome, flow) : outcome;
}

function degrade(inside: Flow, section: Section, failure: CallError): void {
  inside.dependencies.storable = false;
  // A section that is missing is not also listed by its parts.
  for (const path of Object.keys(inside.statuses)) {
    if (path.startsWith(`${inside.section}.`)) delete inside.statuses[path];
  }
  inside.statuses[inside.section] = {
    state: section.fallback === undefined ? 'missing' : 'fallback',
    reason: sectionReason(failure),
  };
}

/** The same failure with the section's path. Whether it is the subject's is decided by the outermost section. */
function blame(failure: CallError, name: string, need: Need): CallError {
  const section = failure.section === undefined ? name : `${name}.${failure.section}`;
  return withDetails(failure, { section, subject: need === 'subject' });
}

import type { Composition, Section, Sections, Source } from '#kernel/flow/section.ts';
import { type Code, isComposed, type Tools } from '#kernel/flow/tools.ts';
import { authenticated } from '#kernel/identity/principal.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import type { Operation } from './operation.ts';

/** One call that an operation makes, as far as it is known without any answers. */
export interface PlannedCall {
  readonly section: string;
  readonly need: Section['need'];
  readonly call: Call;
}

/** Calls that wait for another call's answer are not in a plan: they show when they are made. */
const NEVER = new Promise<never>(() => {});

/** The calls that an operation starts with for its example, without making any. */
export function plan(operation: Operation): PlannedCall[] {
  const { contract, code } = operation;
  const calls: PlannedCall[] = [];
  const parsed = contract.input.safeParse(contract.example);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TypeError(
      `${contract.id}: its example does not fit its input: ${issue?.path.join('.')} ${issue?.message}`,
    );
  }
  // A probe makes no calls, and its code may begin to watch the process, which the first request should do.
  if (contract.probe) return calls;

  const visitAll = (sections: Sections, prefix: string): void => {
    for (const name in sections) {
      const { source, need } = sections[name] as Section;
      visit(source, `${prefix}${name}`, need);
    }
  };
  const visit = (source: Source, section: string, need: Section['need']): void => {
    if (source.kind === 'call') calls.push({ section, need, call: source });
    else if (source.kind === 'each') for (const id of source.ids.slice(0, 1)) visit(source.of(id), section, need);
    else run((source as Composition).code as Code<unknown, never>, section, need);
  };
  const run = (inner: (tools: never) => unknown, section: string, outer: Section['need']): void => {
    const prefix = section === '' ? '' : `${section}.`;
    const tools: Pick<Tools, 'all' | 'need'> = {
      all: ((sections: Sections, reshape?: unknown) => {
        visitAll(sections, prefix);
        return reshape ? { kind: 'planned' } : NEVER;
      }) as Tools['all'],
      need: (source) => {
        // What a composition can't do without is needed as much as the composition itself.
        visit(source, section, outer);
        return NEVER;
      },
    };
    const result = inner({ ...tools, ...STAND_INS } as never);
    if (isComposed(result)) visitAll(result.sections, prefix);
    if (result instanceof Promise) result.catch(() => undefined);
  };

  run((tools) => code(parsed.data as never, tools), '', 'required');
  return calls;
}

/** What code gets instead of a request. */
const STAND_INS = {
  principal: authenticated('bearer', 'plan', 'plan'),
  headers: {},
  cookies: {},
  offered: [],
  body: {},
  version: undefined,
} as const;

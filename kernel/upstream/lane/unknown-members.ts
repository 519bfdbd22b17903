import { type Drift, type DriftLedger, kindOf, noteDrift } from './drift.ts';

/** The maximum number of unknown members that are searched for in one answer. */
const MAX_UNKNOWN = 100;
/** An upstream names its members as it likes: longer names are looked up anew each time, and so many are known of a call. */
const MAX_NAME_LENGTH = 64;
const MAX_MEMBERS = 500;

/** A member that answers have had, and what is noted of it: met again, it costs no path and no key. */
interface Member {
  readonly path: string;
  readonly below: Map<string, Member>;
  items: Member | undefined;
  /** By the kind of what came. */
  readonly drifts: Map<string, Drift>;
}

/** The members of one call's answers. */
interface Members {
  readonly root: Member;
  size: number;
}

/** By call; there are as many as our code makes. */
const membersOf = new WeakMap<DriftLedger, Map<string, Members>>();

const makeMember = (path: string): Member => ({ path, below: new Map(), items: undefined, drifts: new Map() });

/** Counts the members of an answer that its schema does not have; `parsed` is the answer as the schema left it. */
export function noteUnknown(
  ledger: DriftLedger,
  upstream: string,
  call: string,
  answer: unknown,
  parsed: unknown,
): void {
  let left = MAX_UNKNOWN;
  const known = membersOfCall(ledger, `${upstream} ${call}`);
  const note = (member: Member, value: unknown): boolean => {
    const actual = kindOf(value);
    const drift = member.drifts.get(actual);
    // What made room in the ledger for others is noted as new.
    if (drift !== undefined && drift.count > 0) {
      drift.count++;
      drift.last = Date.now();
    } else {
      const { path } = member;
      member.drifts.set(actual, noteDrift(ledger, { upstream, call, path, expected: 'nothing', actual }, value));
    }
    return --left > 0;
  };
  visit(answer, parsed, known.root, { known, note });
}

/** Where keys are data, there are ever more members: then those of this call are met anew. */
function membersOfCall(ledger: DriftLedger, label: string): Members {
  let calls = membersOf.get(ledger);
  if (calls === undefined) {
    calls = new Map();
    membersOf.set(ledger, calls);
  }
  let members = calls.get(label);
  if (members === undefined || members.size > MAX_MEMBERS) {
    members = { root: makeMember(''), size: 0 };
    calls.set(label, members);
  }
  return members;
}

interface Visit {
  readonly known: Members;
  /** Returns false once enough was found. */
  readonly note: (member: Member, value: unknown) => boolean;
}

/** Visits the members that the schema dropped; returns false once enough was found. */
function visit(answer: unknown, parsed: unknown, at: Member, visiting: Visit): boolean {
  if (answer === null || typeof answer !== 'object' || parsed === null || typeof parsed !== 'object') return true;
  if (Array.isArray(answer)) {
    at.items ??= makeMember(`${at.path}[]`);
    for (let index = 0; index < answer.length; index++) {
      if (!visit(answer[index], (parsed as unknown[])[index], at.items, visiting)) return false;
    }
    return true;
  }
  for (const key in answer) {
    const value = (answer as Record<string, unknown>)[key];
    const isKnown = Object.hasOwn(parsed, key);
    if (isKnown && (value === null || typeof value !== 'object')) continue;
    const member = memberOf(at, key, visiting.known);
    const goOn = isKnown
      ? visit(value, (parsed as Record<string, unknown>)[key], member, visiting)
      : visiting.note(member, value);
    if (!goOn) return false;
  }
  return true;
}

function memberOf(at: Member, key: string, known: Members): Member {
  const found = at.below.get(key);
  if (found !== undefined) return found;
  const made = makeMember(at.path === '' ? key : `${at.path}.${key}`);
  if (key.length <= MAX_NAME_LENGTH && known.size <= MAX_MEMBERS) {
    at.below.set(key, made);
    known.size++;
  }
  return made;
}

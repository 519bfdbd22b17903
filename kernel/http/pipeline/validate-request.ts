import { MAIN_LANE } from '#kernel/base/lane.ts';
import { shortened } from '#kernel/base/time/deadline.ts';
import { type Contract, isRead, type Operation } from '#kernel/contract/operation.ts';
import type { FieldError } from '#kernel/contract/problem.ts';
import { declaredCookies } from '#kernel/http/access/declared-cookies.ts';
import { refuseForLoad } from '#kernel/http/access/load-class.ts';
import { turnedAway } from '#kernel/http/access/operator-guard.ts';
import { tooMany } from '#kernel/http/access/rate-fields.ts';
import { callerOf, countRefused, countRequest } from '#kernel/http/access/rate-limit.ts';
import { whoAsks } from '#kernel/http/access/who-asks.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import type { ValidatedRequest } from '#kernel/http/engine/perform.ts';
import { scenarioAsked } from '#kernel/http/engine/scenario.ts';
import { RESERVED, type UnreadForm } from '#kernel/http/forms/form-fields.ts';
import { acceptable } from '#kernel/http/negotiation/negotiate.ts';
import { versionsNamed } from '#kernel/http/negotiation/preconditions.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { takesNoWork } from '#kernel/http/read/compose.ts';
import { acceptPatch, BODY_LIMIT, type Body, readBody } from '#kernel/http/request/body.ts';
import { shorten } from '#kernel/http/request/field-error.ts';
import { header, type Inbound } from '#kernel/http/request/inbound.ts';
import { parseInput } from '#kernel/http/request/input.ts';
import type { ReadTarget } from '#kernel/http/request/query.ts';
import { judgeBuild, updateHint, upgradeRequired } from '#kernel/http/response/app-version.ts';
import { EVENT_STREAM, READ_TYPES } from '#kernel/http/response/event-reply.ts';
import { crossSite, needsProof, SAFE } from '#kernel/http/security/csrf.ts';
import { notNavigating } from '#kernel/http/security/navigation.ts';
import { implausible, readUnproven, unsigned } from '#kernel/http/security/signed.ts';
import type { RequestLog } from '#kernel/http/trace/request-log.ts';
import { idempotencyKey } from '#kernel/http/write/idempotency-key.ts';
import { ANONYMOUS, isAuthenticated, type Principal } from '#kernel/identity/principal.ts';
import { type LaneState, laneState } from '#kernel/upstream/lane/state.ts';

const JSON_TYPE = 'application/json';
const offeredBy = (operation: Operation): readonly string[] => {
  const { live, file } = operation.contract;
  if (live) return [EVENT_STREAM];
  if (file) return [file];
  return isRead(operation) ? READ_TYPES : [JSON_TYPE];
};

/** A request before its operation has validated it. */
export interface Arrived {
  readonly inbound: Inbound;
  readonly target: ReadTarget;
  readonly requestId: string;
  readonly traceId: string;
  /** Set where a browser has sent a form of its own. */
  readonly form?: UnreadForm;
  /** Set where there is too much to do: only what takes no work is answered. */
  readonly overloaded?: boolean;
  readonly log: Pick<RequestLog, 'usage' | 'fields' | 'caller' | 'problem' | 'reason' | 'guarded'>;
}

/** Validates everything that the contract says of a request; the first mistake is the problem. */
export async function validateRequest(
  engine: Engine,
  operation: Operation,
  parameters: Readonly<Record<string, string>>,
  arrived: Arrived,
): Promise<ValidatedRequest | ProblemDetails> {
  const { contract } = operation;
  const { inbound, target, requestId, traceId } = arrived;
  const { headers } = inbound;
  const away = turnedAway(engine, contract, inbound, target.path);
  if (away) {
    const { problem, shown } = away;
    arrived.log.guarded = shown ? 'shown' : 'empty-handed';
    // A holder of the token is never refused for the attempts of others.
    const tries = shown ? await countRefused(engine, inbound) : undefined;
    return tries?.over ? tooMany(tries) : problem;
  }
  const embedded = contract.navigation && notNavigating(headers);
  if (embedded) return { slug: 'forbidden', detail: embedded };
  // Before all else: no other mistake of a build that is too old is worth mending.
  const build = contract.apps ? judgeBuild(engine.runtime.apps, header(headers, 'x-app-version')) : undefined;
  if (build?.verdict === 'too-old') return upgradeRequired(build);
  if (build?.verdict === 'outdated') arrived.log.fields = [...arrived.log.fields, ...updateHint(build)];
  const offered = offeredBy(operation);
  const type = acceptable(header(headers, 'accept'), offered);
  if (type === undefined) return { slug: 'not-acceptable', detail: `This address answers ${offered.join(' or ')}.` };
  const streams = type === EVENT_STREAM;
  const lane = laneOf(engine, arrived);
  if ('slug' in lane) return lane;

  const path = decodeParameters(parameters);
  const input = parseInput(contract.input, path.values, target.query, contract.parts && ['parts']);
  const parts = partsOf(contract.parts ?? [], target.parts);
  const unknownParts = parts !== undefined && 'slug' in parts ? parts : undefined;
  const errors = [...path.errors, ...target.issues, ...(input.ok ? [] : input.errors)];
  if (!input.ok || errors.length > 0) return invalid([...errors, ...(unknownParts?.errors ?? [])]);
  if (unknownParts) return unknownParts;

  const asked = {
    operation,
    input: input.value,
    parts: parts && 'asked' in parts ? parts.asked : undefined,
    headers: Object.fromEntries((contract.headers ?? []).map((name) => [name, header(headers, name)])),
    lane,
  };
  if (arrived.overloaded && !takesNoWork(engine, asked)) return refuseForLoad('anonymous');
  const asking = await whoAsks(engine, contract, headers, streams);
  const foreign = 'slug' in asking ? undefined : proofMissing(engine, operation, arrived, asking.principal);
  // What is refused counts for its address: another site must not use up what a customer has.
  const counted = 'slug' in asking || foreign !== undefined ? ANONYMOUS : asking.principal;
  const usage = await countRequest(engine, asked, inbound, counted);
  arrived.log.usage = usage;
  // No caller is recorded for anonymous requests that are not counted.
  if (contract.limit !== false || isAuthenticated(counted)) arrived.log.caller = callerOf(counted, inbound.address);
  if (usage?.over) return tooMany(usage);
  const form = await arrived.form?.read();
  if ('slug' in asking) return asking;
  const unproven = foreign ?? form?.unproven;
  if (unproven !== undefined) return { slug: 'forbidden', detail: unproven };
  const { principal, newGuest, setCookies } = asking;
  const version = versionOf(operation, form?.match ?? header(headers, 'if-match'));
  if (typeof version === 'object') return version;
  const key = SAFE.includes(inbound.method)
    ? undefined
    : idempotencyKey(contract, form?.key ?? header(headers, 'idempotency-key'));
  if (typeof key === 'object') return key;
  const unsignable = implausible(contract.guard, asked.headers);
  if (unsignable) return unsignable;
  const rules = rulesFor(contract.body, form !== undefined);
  const body = rules ? await bodyOf(rules, form ? { ...inbound, body: form.body } : inbound) : undefined;
  if (body !== undefined && 'slug' in body) return body;
  const forged = await unsigned(contract.guard, asked.headers, body?.bytes);
  if (forged) return forged;

  return {
    ...asked,
    body: body?.value,
    version,
    key,
    cookies: declaredCookies(engine.runtime.cookies, contract.cookies ?? [], header(headers, 'cookie')),
    principal,
    caller: callerOf(principal, inbound.address),
    newGuest,
    setCookies,
    streams,
    requestId,
    traceId,
    deadline: shortened(declaredDeadline(engine, operation), header(headers, 'x-deadline-ms')),
  };
}

/**
 * Why a request does not prove that a page of ours sent it; undefined if it does, or need not. A form's headers were
 * checked before; the rest is in its fields.
 */
function proofMissing(
  { runtime }: Engine,
  operation: Operation,
  { inbound, form }: Arrived,
  principal: Principal,
): string | undefined {
  if (form !== undefined) return undefined;
  return needsProof(operation, inbound, principal) ? crossSite(inbound.headers, runtime.publicUrl) : undefined;
}

function laneOf({ runtime }: Engine, { inbound: { headers }, target }: Arrived): LaneState | ProblemDetails {
  const asked = scenarioAsked(runtime, headers, target.scenario);
  if (asked === undefined) return laneState(MAIN_LANE, runtime.cacheBytes);
  const scenario = runtime.scenarios.read(asked.text);
  if ('problem' in scenario) return { slug: 'bad-scenario', detail: scenario.problem };
  return laneState(scenario.lane, runtime.cacheBytes);
}

/** Parameters with their escapes undone; what can't be undone stays as it came and is an error. */
function decodeParameters(raw: Readonly<Record<string, string>>): {
  values: Record<string, string>;
  errors: FieldError[];
} {
  const values: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const name in raw) {
    const text = raw[name] ?? '';
    try {
      values[name] = decodeURIComponent(text);
    } catch {
      values[name] = text;
      errors.push({ in: 'path', path: name, message: 'has a malformed percent escape', code: 'escape' });
    }
  }
  return { values, errors };
}

function invalid(errors: readonly FieldError[]): ProblemDetails {
  const fields = [...new Set(errors.map(({ path }) => path).filter((path) => path !== ''))];
  const detail = fields.length === 0 ? undefined : `Look at ${fields.join(', ')}.`;
  return { slug: 'invalid-request', errors, ...(detail === undefined ? {} : { detail }) };
}

function partsOf(
  declared: readonly string[],
  names: readonly string[] | undefined,
): { asked: string[] } | ProblemDetails | undefined {
  if (names === undefined) return undefined;
  const asked = [...new Set(names)].sort();
  const unknown = asked.filter((name) => !declared.includes(name));
  if (unknown.length === 0) return { asked };
  const available = declared.length === 0 ? 'It has none.' : `It has ${declared.join(', ')}.`;
  return {
    slug: 'unknown-part',
    detail: `This address has no such part. ${available}`,
    errors: unknown.map((name) => ({
      in: 'query',
      path: 'parts',
      message: `has no part "${shorten(name)}"`,
      code: 'unknown',
    })),
  };
}

/** A form has its own encoding, whatever the operation takes from apps. */
function rulesFor(body: Contract['body'], isForm: boolean): Contract['body'] {
  return isForm && body !== undefined && body.kind !== 'raw' ? { ...body, kind: 'form' } : body;
}

async function bodyOf(
  rules: NonNullable<Contract['body']>,
  { headers, body }: Inbound,
): Promise<Body | ProblemDetails> {
  const about = {
    contentType: header(headers, 'content-type'),
    contentEncoding: header(headers, 'content-encoding'),
    contentLength: header(headers, 'content-length'),
  };
  const limit = rules.limit ?? BODY_LIMIT;
  const readFrom = (source: AsyncIterable<Uint8Array>) =>
    readBody({ ...rules, limit, reserved: RESERVED }, about, source);
  const read = await (rules.kind === 'raw' ? readUnproven(body ?? EMPTY, limit, readFrom) : readFrom(body ?? EMPTY));
  if (read.ok) return read;
  const { accepted, ...problem } = read.problem;
  if (accepted === undefined) return problem;
  return { ...problem, headers: ['Accept', accepted.join(', '), ...acceptPatch(rules)] };
}

const EMPTY: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: async function* () {} };

/** The version that a write on a versioned resource must name. `*` is left to the upstream as no version at all. */
function versionOf(
  { contract: { writes } }: Operation,
  ifMatch: string | undefined,
): string | undefined | ProblemDetails {
  if (writes?.match === undefined) return undefined;
  if (ifMatch === undefined)
    return { slug: 'precondition-required', detail: 'Send the ETag that you read as If-Match.' };
  const versions = versionsNamed(ifMatch);
  if (versions === '*') return undefined;
  const [version, ...others] = versions;
  if (version !== undefined && others.length === 0) return version;
  return { slug: 'precondition-failed', detail: 'Name one version of this resource in If-Match, as its ETag gave it.' };
}

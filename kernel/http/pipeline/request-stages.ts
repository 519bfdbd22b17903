import { isRead, type Operation } from '#kernel/contract/operation.ts';
import { refuseOverload } from '#kernel/http/access/load-shedding.ts';
import { operatorRefusal } from '#kernel/http/access/operator-guard.ts';
import { callerOf, countRefused, countRequest, tooMany } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { scenarioAsked } from '#kernel/http/engine/scenario.ts';
import { acceptable } from '#kernel/http/negotiation/negotiate.ts';
import { type ProblemDetails, UNAUTHENTICATED } from '#kernel/http/problem/failure.ts';
import { lookUpResponse } from '#kernel/http/read/compose.ts';
import { header } from '#kernel/http/request/inbound.ts';
import { judgeBuild, updateHint, upgradeRequired } from '#kernel/http/response/app-version.ts';
import { EVENT_STREAM, READ_TYPES } from '#kernel/http/response/event-reply.ts';
import { crossSite, SAFE } from '#kernel/http/security/csrf.ts';
import { notNavigating } from '#kernel/http/security/navigation.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { newGuest } from '#kernel/identity/guest.ts';
import { ANONYMOUS, isAuthenticated } from '#kernel/identity/principal.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';
import { parseTarget } from './parse-target.ts';
import { readIdempotencyKey, readRequestBody, requireSignature, requireVersion } from './read-body.ts';

/** The problem that a stage has found, or undefined; a promise only if the stage has to wait. */
type Found = ProblemDetails | undefined | Promise<ProblemDetails | undefined>;

/** Writes what it finds out into the context. A problem that it returns ends the request. */
type Stage = (engine: Engine, context: RequestContext) => Found;

/** The stages of an operation's requests before its code runs, in this order; `docs/lifecycle.md` has the exits. */
function stagesOf({ contract, route }: Operation): readonly Stage[] {
  const { guard, navigation, apps, audience, output, form, writes, body } = contract;
  const isUnsafe = !SAFE.includes(route.method);
  const isPublic = audience === 'public';
  const stages = [
    guard?.kind === 'operator' && requireOperator,
    navigation && requireNavigation,
    // Early, since an app that is too old has to be replaced whatever else is wrong.
    apps && checkAppVersion,
    negotiate,
    chooseLane,
    parseTarget,
    isPublic && !isUnsafe && output && lookUpResponse,
    refuseOverload,
    !isPublic && authenticate,
    !isPublic && isUnsafe && requireOrigin,
    limitRate,
    form && readForm,
    refuseDenied,
    writes?.match && requireVersion,
    isUnsafe && readIdempotencyKey,
    guard?.kind === 'signed' && requireSignature,
    body && readRequestBody,
  ];
  return stages.filter((stage) => typeof stage === 'function');
}

const composed = new WeakMap<Operation, readonly Stage[]>();

/** Takes a request through the stages, up to the first problem. Returns a promise only if a stage has to wait. */
export function validate(engine: Engine, context: RequestContext): Found {
  const { operation } = context;
  let stages = composed.get(operation);
  if (stages === undefined) {
    stages = stagesOf(operation);
    composed.set(operation, stages);
  }
  return pass(engine, context, stages, 0);
}

function pass(engine: Engine, context: RequestContext, stages: readonly Stage[], from: number): Found {
  for (let at = from; at < stages.length; at++) {
    const found = stages[at]?.(engine, context);
    if (found instanceof Promise) return found.then((problem) => problem ?? pass(engine, context, stages, at + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function requireOperator(engine: Engine, context: RequestContext): Promise<ProblemDetails | undefined> {
  const { operation, inbound, target, log } = context;
  const refusal = operatorRefusal(engine, operation.contract, inbound, target.path);
  if (refusal === undefined) return undefined;
  const { problem, wrong } = refusal;
  log.guarded = wrong ? 'wrong' : 'harmless';
  // An operator is never refused for other clients' wrong tokens.
  const usage = wrong ? await countRefused(engine, inbound) : undefined;
  return usage?.over ? tooMany(usage) : problem;
}

function requireNavigation(_: Engine, { inbound }: RequestContext): ProblemDetails | undefined {
  const embedded = notNavigating(inbound.headers);
  return embedded === undefined ? undefined : { slug: 'forbidden', detail: embedded };
}

function checkAppVersion({ runtime }: Engine, { inbound, log }: RequestContext): ProblemDetails | undefined {
  const build = judgeBuild(runtime.apps, header(inbound.headers, 'x-app-version'));
  if (build?.verdict === 'too-old') return upgradeRequired(build);
  if (build?.verdict === 'outdated') log.fields = [...log.fields, ...updateHint(build)];
  return undefined;
}

const JSON_TYPE = ['application/json'] as const;

function offeredBy(operation: Operation): readonly string[] {
  const { live, file } = operation.contract;
  if (live) return [EVENT_STREAM];
  if (file) return [file].flat();
  return isRead(operation) ? READ_TYPES : JSON_TYPE;
}

function negotiate(_: Engine, context: RequestContext): ProblemDetails | undefined {
  const offered = offeredBy(context.operation);
  const type = acceptable(header(context.inbound.headers, 'accept'), offered);
  if (type === undefined) return { slug: 'not-acceptable', detail: `This address answers ${offered.join(' or ')}.` };
  context.streams = type === EVENT_STREAM;
  return undefined;
}

/** A scenario has a lane of its own; ordinary traffic stays in the main one. */
function chooseLane({ runtime }: Engine, context: RequestContext): ProblemDetails | undefined {
  const asked = scenarioAsked(runtime, context.inbound.headers, context.target.scenario);
  if (asked === undefined) return undefined;
  const scenario = runtime.scenarios.read(asked.text);
  if ('problem' in scenario) return { slug: 'bad-scenario', detail: scenario.problem };
  context.lane = laneState(scenario.lane, runtime.cacheBytes);
  context.log.lane = context.lane.name;
  return undefined;
}

/**
 * Finds the principal; a presented credential that fails is a 401, never anonymous. A request that is refused here, or by
 * the next stage, is counted before it is answered.
 */
async function authenticate({ runtime }: Engine, context: RequestContext): Promise<undefined> {
  const { operation, inbound, streams } = context;
  const { audience, guests, clearsSession } = operation.contract;
  const credentials = {
    authorization: header(inbound.headers, 'authorization'),
    cookie: header(inbound.headers, 'cookie'),
  };
  // A stream reconnects by itself: it is no sign that a user is still there.
  const found = await runtime.identify(credentials, streams ? 'peek' : undefined);
  if (found === 'refused') context.denied = { ...UNAUTHENTICATED, detail: 'The credential was refused.' };
  else if (found === 'two-credentials') context.denied = { slug: 'two-credentials' };
  else if (found !== 'ended' && found.kind !== 'anonymous' && (found.kind !== 'guest' || guests !== undefined))
    context.principal = found;
  else if (guests === 'opened') {
    context.newGuest = newGuest();
    context.principal = context.newGuest.guest;
  } else {
    const cleared = found === 'ended' ? [runtime.cookies.clear(SESSION_COOKIE)] : [];
    if (audience === 'either') context.setCookies = clearsSession ? cleared : [];
    else {
      const fields = cleared.flatMap((cookie) => ['Set-Cookie', cookie]);
      context.denied = { ...UNAUTHENTICATED, headers: [...(UNAUTHENTICATED.headers ?? []), ...fields] };
    }
  }
}

/**
 * A write must prove that a page of ours sent it, except with a bearer, which no browser adds by itself. Anonymous
 * writes must as well: they may open a session. A form proves it by its fields.
 */
function requireOrigin({ runtime }: Engine, context: RequestContext): undefined {
  const { inbound, form, principal } = context;
  if (context.denied !== undefined || form !== undefined || principal.kind === 'bearer') return;
  const detail = crossSite(inbound.headers, runtime.publicUrl);
  if (detail !== undefined) context.denied = { slug: 'forbidden', detail };
}

/** Counts the request. If refused, it counts for its address: another site must not use up a customer's quota. */
async function limitRate(engine: Engine, context: RequestContext): Promise<ProblemDetails | undefined> {
  const { operation, inbound, log, denied, principal } = context;
  context.caller = callerOf(principal, inbound.address);
  const counted = denied === undefined ? principal : ANONYMOUS;
  const caller = counted === principal ? context.caller : callerOf(counted, inbound.address);
  const usage = await countRequest(engine, context, isAuthenticated(counted), caller);
  log.usage = usage;
  // No caller is recorded for anonymous requests that are not counted.
  if (operation.contract.limit !== false || isAuthenticated(counted)) log.caller = caller;
  return usage?.over ? tooMany(usage) : undefined;
}

/** Reads a form only once its sender was counted. */
async function readForm(_: Engine, context: RequestContext): Promise<undefined> {
  context.posted = await context.form?.read();
  const detail = context.posted?.unproven;
  if (detail !== undefined) context.denied ??= { slug: 'forbidden', detail };
}

function refuseDenied(_: Engine, { denied }: RequestContext): ProblemDetails | undefined {
  return denied;
}

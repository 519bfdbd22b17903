import type { Operation } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { lookUpResponse } from '#kernel/http/read/compose.ts';
import { SAFE } from '#kernel/http/security/csrf.ts';
import { refuseOverload } from './admission.ts';
import { checkAppVersion, chooseLane, negotiate, requireNavigation, requireOperator } from './client-checks.ts';
import { parseTarget } from './parse-target.ts';
import { readIdempotencyKey, readRequestBody, requireSignature, requireVersion } from './read-body.ts';
import { authenticate, limitRate, readForm, refuseDenied, requireOrigin } from './sender.ts';

/** The problem that a stage has found, or undefined; a promise only if the stage has to wait. */
type Found = ProblemDetails | undefined | Promise<ProblemDetails | undefined>;

/** Writes what it finds out into the context; a problem that it returns ends the request. */
export type Stage = (engine: Engine, context: RequestContext) => Found;

/** What the requests of an operation go through before its code runs, in this order; `docs/lifecycle.md` has the exits. */
function stagesOf({ contract, route }: Operation): readonly Stage[] {
  const { guard, navigation, apps, audience, output, form, writes, body } = contract;
  const isUnsafe = !SAFE.includes(route.method);
  const isPublic = audience === 'public';
  const stages = [
    guard?.kind === 'operator' && requireOperator,
    navigation && requireNavigation,
    // No other mistake of an app that is too old is worth mending.
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

/** Takes a request through the stages of its operation; the first mistake is the problem. Waits only where a stage does. */
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

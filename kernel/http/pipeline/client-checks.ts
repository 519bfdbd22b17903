import { isRead, type Operation } from '#kernel/contract/operation.ts';
import { operatorRefusal } from '#kernel/http/access/operator-guard.ts';
import { countRefused, tooMany } from '#kernel/http/access/rate-limit.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { scenarioAsked } from '#kernel/http/engine/scenario.ts';
import { acceptable } from '#kernel/http/negotiation/negotiate.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { header } from '#kernel/http/request/inbound.ts';
import { judgeBuild, updateHint, upgradeRequired } from '#kernel/http/response/app-version.ts';
import { EVENT_STREAM, READ_TYPES } from '#kernel/http/response/event-reply.ts';
import { notNavigating } from '#kernel/http/security/navigation.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';

export async function requireOperator(engine: Engine, context: RequestContext): Promise<ProblemDetails | undefined> {
  const { operation, inbound, target, log } = context;
  const refusal = operatorRefusal(engine, operation.contract, inbound, target.path);
  if (refusal === undefined) return undefined;
  const { problem, wrong } = refusal;
  log.guarded = wrong ? 'wrong' : 'harmless';
  // An operator is never refused for other clients' wrong tokens.
  const usage = wrong ? await countRefused(engine, inbound) : undefined;
  return usage?.over ? tooMany(usage) : problem;
}

export function requireNavigation(_: Engine, { inbound }: RequestContext): ProblemDetails | undefined {
  const embedded = notNavigating(inbound.headers);
  return embedded === undefined ? undefined : { slug: 'forbidden', detail: embedded };
}

export function checkAppVersion({ runtime }: Engine, { inbound, log }: RequestContext): ProblemDetails | undefined {
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

export function negotiate(_: Engine, context: RequestContext): ProblemDetails | undefined {
  const offered = offeredBy(context.operation);
  const type = acceptable(header(context.inbound.headers, 'accept'), offered);
  if (type === undefined) return { slug: 'not-acceptable', detail: `This address answers ${offered.join(' or ')}.` };
  context.streams = type === EVENT_STREAM;
  return undefined;
}

/** A scenario has a lane of its own; ordinary traffic stays in the main one. */
export function chooseLane({ runtime }: Engine, context: RequestContext): ProblemDetails | undefined {
  const asked = scenarioAsked(runtime, context.inbound.headers, context.target.scenario);
  if (asked === undefined) return undefined;
  const scenario = runtime.scenarios.read(asked.text);
  if ('problem' in scenario) return { slug: 'bad-scenario', detail: scenario.problem };
  context.lane = laneState(scenario.lane, runtime.cacheBytes);
  context.log.lane = context.lane.name;
  return undefined;
}

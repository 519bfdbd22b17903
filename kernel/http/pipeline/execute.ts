import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import type { Reply } from '#kernel/http/request/inbound.ts';
import { reading } from './reading.ts';
import { streaming } from './streaming.ts';
import { writing } from './writing.ts';

/** Runs the operation of a validated request: as a stream of events, as a read through the response cache, or as it is. */
export function execute(engine: Engine, context: RequestContext): Promise<Reply | ProblemDetails> {
  const { operation, streams, deadline, setCookies, log } = context;
  log.deadline = deadline;
  log.hurried = deadline < declaredDeadline(engine, operation);
  const isCachedRead = operation.contract.output !== undefined && operation.route.method === 'GET';
  const ending = (streams ? streaming : isCachedRead ? reading : writing)(engine, context);
  return setCookies.length === 0 ? ending : withCookies(ending, setCookies);
}

/** A cookie that the operation itself has set or taken away stands. */
async function withCookies(
  pending: Promise<Reply | ProblemDetails>,
  cookies: readonly string[],
): Promise<Reply | ProblemDetails> {
  const ending = await pending;
  const { headers = [] } = ending;
  if (headers.includes('Set-Cookie')) return ending;
  return { ...ending, headers: [...headers, ...cookies.flatMap((cookie) => ['Set-Cookie', cookie])] };
}

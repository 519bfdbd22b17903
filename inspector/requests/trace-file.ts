import type { Operation } from '#kernel/contract/operation.ts';
import { targetFor } from '#kernel/http/pages/page.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import type { TraceFile } from '#schemas/view/server/trace-file.ts';
import { bytesInOf } from './payload.ts';
import { verdictOf } from './verdict.ts';
import { type Bar, waterfallOf } from './waterfall.ts';
import { attemptWords } from './words-of-call.ts';

/**
 * A request as a file: what its page says, without anything that its client sent. `target` is its address as it may be
 * shown.
 */
export function traceFileOf(trace: RequestTrace, target: string, operation: Operation | undefined): TraceFile {
  const { id, at, method, lane, status, problem, cache, duration, deadline, calls, bytesOut, sections } = trace;
  const contract = operation?.contract;
  const { bars, from, to } = waterfallOf(trace);
  const { headline, notes, help } = verdictOf(trace, { parts: contract?.parts ?? [] });
  return {
    format: 'tributary-trace-1',
    id,
    at: new Date(at).toISOString(),
    method,
    target,
    operation: trace.operation,
    ...(contract && { audience: contract.audience }),
    ...(operation?.route.method === 'GET' && { example: targetFor(operation, operation.contract.example) }),
    lane,
    status,
    ...(problem !== undefined && { problem }),
    cache,
    duration,
    deadline,
    bytesIn: bytesInOf(calls),
    bytesOut,
    sections,
    headline,
    notes: [...notes],
    help: help.map(({ words }) => words),
    from,
    to,
    bars: bars.map(barOf),
  };
}

function barOf({ call, calls, onPath, start, end, segments }: Bar): TraceFile['bars'][number] {
  const { section, upstream, cache, outcome } = call;
  return {
    section,
    upstream,
    call: call.call,
    cache,
    outcome,
    items: calls.length,
    attempts: attemptWords(call),
    recovered: hasRecovered(call),
    onPath,
    start,
    end,
    segments: segments.map(({ kind, ...stretch }) => ({ kind, start: stretch.start, end: stretch.end })),
  };
}

const hasRecovered = ({ outcome, wire }: CallTrace): boolean => outcome === 'ok' && (wire?.tries.length ?? 0) > 1;

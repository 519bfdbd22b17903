import { traceFileOf } from '#inspector/requests/trace-file.ts';
import { findTrace } from '#kernel/telemetry/trace.ts';
import { refused } from '../../../panels/allowed.ts';
import { operationOf, targetOf } from '../../look.ts';

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

/** One request as a file, for `npm run trace` and `npm run replay`. Only an operator gets it. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  const refusal = await refused(request);
  if (refusal) return refusal;
  const trace = findTrace((await params).id);
  if (trace === undefined) return new Response('Not found', { status: 404 });
  const name = trace.id.replaceAll(/[^\w.-]/g, '_');
  return Response.json(traceFileOf(trace, targetOf(trace), operationOf(trace)), {
    headers: { 'Cache-Control': 'no-store', 'Content-Disposition': `attachment; filename="trace-${name}.json"` },
  });
}

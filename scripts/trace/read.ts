import { readFileSync, statSync } from 'node:fs';
import { TraceFile } from '#schemas/view/server/trace-file.ts';

/** Bytes that a trace may have. */
const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** A trace that the inspector has let be downloaded; throws one sentence where a file is none. */
export function readTrace(file: string): TraceFile {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  if (size === undefined) throw new Error(`There is no file ${file}.`);
  if (size > MAX_BYTES) throw new Error(`${file} is no trace: it has ${size} bytes, and a trace at most ${MAX_BYTES}.`);
  return parseTrace(readFileSync(file, 'utf8'), file);
}

/** A trace from a running host's inspector. */
export async function fetchTrace(host: string, id: string, token: string | undefined): Promise<TraceFile> {
  const url = new URL(`/inspector/requests/${encodeURIComponent(id)}/trace.json`, host);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
    throw new Error(`${url.origin} can't be asked: ${(error.cause as Error | undefined)?.message ?? error.message}.`);
  });
  if (answer.status === 404) {
    const hint = token === undefined ? ', or wants its token in INSPECTOR_TOKEN' : ', or does not take this token';
    throw new Error(`${url.origin} knows no request ${id}: it keeps the last 512${hint}.`);
  }
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
  return parseTrace(await answer.text(), url.href);
}

function parseTrace(text: string, from: string): TraceFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${from} is no trace: it is not JSON.`);
  }
  const parsed = TraceFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${from} is no trace: ${issue?.path.join('.') || 'all of it'}: ${issue?.message}.`);
}

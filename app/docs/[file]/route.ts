import { referenceFile } from '#host/pages/reference-files.ts';
import { referenceScript, SCRIPT_HEADERS } from '#host/pages/reference-script.ts';

/** Browsers show text of any kind where it is called plain, and `curl -O` saves it. */
const TEXT_HEADERS = {
  'Content-Type': 'text/plain; charset=utf-8',
  'Cache-Control': 'no-cache',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** What the reference is drawn by, which the lean host answers itself, and coded; and the files that it offers. */
export async function GET(_: Request, { params }: { params: Promise<{ file: string }> }): Promise<Response> {
  const { file } = await params;
  const text = await referenceFile(file);
  if (text !== undefined) return new Response(text, { headers: TEXT_HEADERS });
  const script = await referenceScript();
  if (script?.path !== `/docs/${file}`) return new Response('There is no such file.\n', { status: 404 });
  return new Response(script.bytes, { headers: SCRIPT_HEADERS });
}

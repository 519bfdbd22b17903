import { referenceScript, SCRIPT_HEADERS } from '#services/reference-script.ts';

/** The one script of the reference. The lean host answers it itself, and coded. */
export async function GET({ url }: Request): Promise<Response> {
  const { path, bytes } = await referenceScript();
  if (new URL(url).pathname !== path) return new Response('There is no such file.\n', { status: 404 });
  return new Response(bytes, { headers: SCRIPT_HEADERS });
}

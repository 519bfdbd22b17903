import { referenceScript } from '#host/pages/reference-script.ts';
import { operations } from '#operations/index.ts';
import { ABOUT } from '#operations/shape/about.ts';
import { referencePage } from './reference-page.ts';

/** A page apart from the shop's: their style sheets would clash. */
export async function GET(request: Request): Promise<Response> {
  const nonce = /'nonce-([\w+/=-]+)'/.exec(request.headers.get('content-security-policy') ?? '')?.[1] ?? '';
  const script = (await referenceScript())?.path;
  const html = referencePage({ about: ABOUT, operations, script, nonce });
  return new Response(html, { headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' } });
}

import { operations } from '#operations/index.ts';
import recording from '#operations/recorded/recording.json' with { type: 'json' };
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';

// The one answer that depends on nothing but the code: made when the pages are built.
export const dynamic = 'force-static';

export function GET(): Response {
  return Response.json(openApi(operations, ABOUT, recording));
}

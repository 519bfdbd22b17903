import type { ServerResponse } from 'node:http';

export interface ShortPage {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** Seconds after which the page may be had, rounded up. */
  readonly retryAfter: string;
  /** Whether it asks by itself then. */
  readonly refreshes: boolean;
}

/** Answers with a few words in place of a page that was refused: an error page would cost as much. */
export function sendShortPage(response: ServerResponse, page: ShortPage): void {
  const { status, title, text, retryAfter, refreshes } = page;
  const refresh = refreshes ? `<meta http-equiv="refresh" content="${retryAfter}">` : '';
  response
    .writeHead(status, {
      'Retry-After': retryAfter,
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
    })
    .end(`<!doctype html><html lang="en">${refresh}<title>${title}</title><p>${text}`);
}

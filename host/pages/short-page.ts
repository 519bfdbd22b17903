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

/** A few words in place of a page that was refused: an error page would cost as much. */
export function writeShortPage({ status, title, text, retryAfter, refreshes }: ShortPage) {
  const refresh = refreshes ? `<meta http-equiv="refresh" content="${retryAfter}">` : '';
  const headers = {
    'Retry-After': retryAfter,
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
  };
  return { status, headers, body: `<!doctype html><html lang="en">${refresh}<title>${title}</title><p>${text}` };
}

export function sendShortPage(response: ServerResponse, page: ShortPage): void {
  const { status, headers, body } = writeShortPage(page);
  response.writeHead(status, headers).end(body);
}

import { styleText } from 'node:util';
import type { Env } from '#config/env.ts';
import { WEBHOOK_SENDERS } from '#config/webhooks.ts';

type Paint = (style: 'bold' | 'cyan' | 'dim' | 'yellow', text: string) => string;

/** Colours only where standard output is a terminal and NO_COLOR is not set. */
const onTerminal: Paint = (style, text) => styleText(style, text, { stream: process.stdout });

/** Where everything is, once the server listens: at most twelve lines. */
export function banner(env: Env, paint: Paint = onTerminal): string {
  const upstreams = Object.entries(env.upstreams);
  const mocked = upstreams.filter(([, { mocked }]) => mocked).map(([name]) => name);
  const live = upstreams.filter(([, { mocked }]) => !mocked).map(([name]) => name);
  const scenario = mocked.includes('reviews') ? "-H 'x-scenario: reviews=down' " : '';
  const rows: [string, string][] = [
    ['Shop', paint('cyan', `${env.publicUrl}/`)],
    ...(env.inspector.on ? [['Inspector', paint('cyan', `${env.publicUrl}/inspector`)] as [string, string]] : []),
    ['API docs', paint('cyan', `${env.publicUrl}/docs`)],
    ...(mocked.length > 0
      ? [['Mocked', paint('yellow', mocked.join(', ')) + paint('dim', ` on port ${env.mocksPort}`)] as [string, string]]
      : []),
    ...(live.length > 0 ? [['Live', live.join(', ')] as [string, string]] : []),
    ['Webhooks', webhooks(env)],
    ['Try', `curl ${scenario}${env.publicUrl}/api/products/p-000042`],
  ];
  const body = rows.map(([name, value]) => `  ${name.padEnd(10)}${value}`);
  return `\n  ${paint('bold', 'Tributary')}  many upstreams, one response\n\n${body.join('\n')}\n\n`;
}

/** Which senders can sign webhooks for us; one without a secret is refused. */
function webhooks({ webhookSecrets, publicUrl }: Env): string {
  const senders = WEBHOOK_SENDERS.filter((sender) => webhookSecrets[sender].length > 0);
  return senders.length === 0 ? 'none: no secret is set' : `${publicUrl}/api/webhooks/{${senders.join(',')}}`;
}

import { environment } from '#config/env.ts';
import { commandLine } from './command-line.ts';
import { draw } from './trace/draw.ts';
import { fetchTrace, readTrace } from './trace/read.ts';
import { drawReceipt, fetchReceipt } from './trace/receipt.ts';

const USAGE = `npm run trace -- <request id>                 what a request did, from the host on this machine
npm run trace -- <request id> --url <origin>  from another one; its token in INSPECTOR_TOKEN
npm run trace -- purge:<number>               which hop had a purge when, and who was told of it
npm run trace -- <file.json>                  from a file that the inspector has let be downloaded
`;

/** Prints a request as the inspector shows it. */
async function main(): Promise<number> {
  const { values, positionals } = commandLine({ usage: USAGE, options: { url: { type: 'string' } }, words: 1 });
  const [which] = positionals;
  if (which === undefined || (values.url !== undefined && !URL.canParse(values.url))) {
    process.stderr.write(USAGE);
    return 2;
  }
  const host = values.url ?? environment().publicUrl;
  if (/^purge:\d+$/.test(which)) {
    process.stdout.write(drawReceipt(await fetchReceipt(host, which, process.env.INSPECTOR_TOKEN)));
    return 0;
  }
  const trace = which.endsWith('.json') ? readTrace(which) : await fetchTrace(host, which, process.env.INSPECTOR_TOKEN);
  process.stdout.write(draw(trace));
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);

import type { TraceFile } from '#schemas/view/server/trace-file.ts';

type Bar = TraceFile['bars'][number];

const TIME_LINE = 40;
const MARKS: Readonly<Record<string, string>> = {
  queue: '·',
  send: '█',
  read: '▓',
  parse: '▒',
  pause: '┄',
  cache: '▌',
};

/** A trace as lines for a terminal: what bounds it, then one line a call. */
export function draw(trace: TraceFile): string {
  const { id, at, method, target, operation, status, duration, lane, cache, bytesIn, bytesOut } = trace;
  const { headline, notes, help, bars, from, to, sections } = trace;
  const scenario = lane === '' ? '' : `, under the scenario ${lane}`;
  const states = Object.entries(sections).map(
    ([name, { state, reason }]) => `${name} ${state}${reason ? ` (${reason})` : ''}`,
  );
  const lines = [
    `${method} ${target}: ${status} in ${ms(duration)}`,
    headline,
    '',
    `${operation || 'no operation'}, ${at}, request ${id}${scenario}`,
    `cache ${cache}, ${bytesIn} B in, ${bytesOut} B out${states.length > 0 ? `; ${states.join(', ')}` : ''}`,
    ...(bars.length > 0 ? ['', ...table(bars, from, to)] : []),
    ...(notes.length + help.length > 0 ? [''] : []),
    ...notes,
    ...help.map((words) => `→ ${words}`),
  ];
  return printable(`${lines.join('\n')}\n`);
}

function table(bars: readonly Bar[], from: number, to: number): string[] {
  const rows = bars.map(({ section, upstream, call, cache, outcome, items }) => [
    items > 1 ? `${section} × ${items}` : section,
    `${upstream} ${call}`,
    cache,
    outcome,
  ]);
  const heads = ['section', 'call', 'cache', 'outcome'];
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
  const scale = `0 ms${ms(to - Math.min(0, from)).padStart(TIME_LINE - 4)}`;
  return [
    `  ${line(heads)}  ${scale}`,
    ...bars.map((bar, at) => {
      const { onPath, start, end, attempts } = bar;
      const more = attempts.startsWith('1:') || attempts === 'none' ? '' : `  ${attempts}`;
      return `${onPath ? '◆' : ' '} ${line(rows[at] ?? [])}  ${timeLine(bar, from, to)} ${ms(end - start)}${more}`;
    }),
    '  ◆ critical path   · queue  █ send  ▓ read  ▒ parse  ┄ pause  ▌ cache',
  ];
}

function timeLine({ start, segments }: Bar, from: number, to: number): string {
  const cells: string[] = new Array(TIME_LINE).fill(' ');
  const column = (time: number) => ((time - from) / Math.max(1e-9, to - from)) * TIME_LINE;
  for (const segment of segments) {
    const last = Math.min(TIME_LINE, Math.ceil(column(segment.end)));
    for (let at = Math.max(0, Math.floor(column(segment.start))); at < last; at++)
      cells[at] = MARKS[segment.kind] ?? '█';
  }
  // What took less than a cell is still shown.
  if (segments.length === 0) cells[Math.max(0, Math.min(TIME_LINE - 1, Math.floor(column(start))))] = '│';
  return cells.join('');
}

const ms = (time: number) => (time < 10 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`);

/** Ids and addresses come from clients: they must not move a terminal's cursor. */
const printable = (text: string) => text.replaceAll(/[^\P{C}\n]/gu, '�');

/** What was started for one measurement, and ends with it. */
const running: { stop(): unknown }[] = [];

export async function start<T extends { stop(): unknown }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  running.push(started);
  return started;
}

export function stopAll(): void {
  for (const { stop } of running.splice(0)) stop();
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Shows how far a measurement is: one line that changes on a terminal, one line at the end elsewhere. */
export const bar = (what: string) => (done: number, of: number) => {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${what}: ${done} of ${of} laps${done === of ? '\n' : ''}`);
  else if (done === of) say(`${what}: ${of} laps`);
};

let number = 0;
/** An id that nobody has asked for yet. */
export const freshId = (): string => `p-${String(number++ % 1_000_000).padStart(6, '0')}`;

import cluster, { type Worker } from 'node:cluster';

/** What a process answers, by topic; the process above is told which worker asks. */
type Answering = (body: never, worker: Worker) => unknown;

/** `id` is the asking process' own. */
type Message =
  | { readonly channel: 'ask'; readonly topic: string; readonly id: number; readonly body: unknown }
  | { readonly channel: 'answer'; readonly id: number; readonly body: unknown };

/** Milliseconds within which a worker answers: one that is busy or about to end is left out. A question to the process above may take longer. */
const [WORKER_MS, ABOVE_MS] = [400, 800];

const topics = new Map<string, Answering>();
const waiting = new Map<number, (body: unknown) => void>();
let count = 0;

/** Says what this process answers on a topic: in a worker to the process above, in that one to each worker. */
export function answerOn<B>(topic: string, answer: (body: B, worker: Worker) => unknown): void {
  topics.set(topic, answer as Answering);
}

/** Asks the process above the workers; undefined where it does not answer within so many milliseconds. */
export function askAbove(topic: string, body: unknown, patience = ABOVE_MS): Promise<unknown> {
  return exchange(patience, (id) => process.send?.({ channel: 'ask', topic, id, body } satisfies Message));
}

/** Asks a worker; undefined where it does not answer in time. */
export function askWorker(worker: Worker, topic: string): Promise<unknown> {
  return exchange(WORKER_MS, (id) => tell(worker, { channel: 'ask', topic, id, body: undefined }));
}

/** Lets a worker hear what it is asked, and what its own questions came to. */
export function listenInWorker(): void {
  const { worker } = cluster;
  if (worker === undefined) return;
  process.on('message', (message: Message) => hear(message, worker, (answer) => process.send?.(answer)));
}

/** Lets the process above the workers answer what one of them asks, and hear what it answers. */
export function listenTo(worker: Worker): void {
  worker.on('message', (message: Message) => hear(message, worker, (answer) => tell(worker, answer)));
}

async function hear(message: Message, worker: Worker, reply: (answer: Message) => void): Promise<void> {
  if (message.channel === 'answer') waiting.get(message.id)?.(message.body);
  if (message.channel !== 'ask') return;
  const { topic, id, body } = message;
  reply({ channel: 'answer', id, body: await answerOf(topic, body, worker) });
}

/** A worker may have ended meanwhile. */
function tell(worker: Worker, message: Message): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

async function answerOf(topic: string, body: unknown, worker: Worker): Promise<unknown> {
  try {
    return await topics.get(topic)?.(body as never, worker);
  } catch {
    return undefined;
  }
}

/** Sends a question under an id of this process; resolves with the answer, or with undefined if it is late. */
function exchange(patience: number, send: (id: number) => void): Promise<unknown> {
  const id = count++;
  return new Promise((resolve) => {
    const done = (body: unknown) => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(body);
    };
    const timer = setTimeout(done, patience, undefined);
    waiting.set(id, done);
    send(id);
  });
}

import cluster, { type Worker } from 'node:cluster';

/** What a process answers, by topic. */
type Answering = (body: never) => unknown;

/** `id` is its sender's own. */
type Message =
  | { readonly channel: 'ask' | 'asked'; readonly topic: string; readonly id: number; readonly body: unknown }
  | { readonly channel: 'answer' | 'answers'; readonly id: number; readonly body: unknown };

/** Milliseconds within which a worker must answer, else it is left out. A question to all workers may take longer. */
const [WORKER_MS, ASKING_MS] = [400, 800];

const topics = new Map<string, Answering>();
const waiting = new Map<number, (body: unknown) => void>();
let count = 0;

/** Says what this process answers on a topic: in a worker to all workers, in the process above them to each. */
export function answerOn<B>(topic: string, answer: (body: B) => unknown): void {
  topics.set(topic, answer as Answering);
}

/**
 * Asks the process above the workers, which answers itself or asks all workers. Empty if no answer comes within
 * `patience` milliseconds.
 */
export async function askAll(topic: string, body: unknown, patience = ASKING_MS): Promise<readonly unknown[]> {
  const answers = await exchange(patience, (id) =>
    process.send?.({ channel: 'ask', topic, id, body } satisfies Message),
  );
  return (answers ?? []) as readonly unknown[];
}

/** Lets a worker hear what it is asked, and what its own questions came to. */
export function listenInWorker(): void {
  if (!cluster.isWorker) return;
  process.on('message', async (message: Message) => {
    if (message.channel === 'answers') settle(message);
    if (message.channel === 'asked') {
      const { topic, id, body } = message;
      process.send?.({ channel: 'answer', id, body: await answerOf(topic, body) } satisfies Message);
    }
  });
}

/** Lets the process above the workers answer what one of them asks, or ask `workers` for it. */
export function listenTo(worker: Worker, workers: ReadonlySet<Worker>): void {
  worker.on('message', async (message: Message) => {
    if (message.channel === 'answer') settle(message);
    if (message.channel !== 'ask') return;
    const { topic, id, body } = message;
    const asked = topics.has(topic)
      ? [answerOf(topic, body)]
      : [...workers].map((one) => exchange(WORKER_MS, (own) => tell(one, { channel: 'asked', topic, id: own, body })));
    const answers = (await Promise.all(asked)).filter((answer) => answer !== undefined);
    tell(worker, { channel: 'answers', id, body: answers });
  });
}

/** A worker may have ended meanwhile. */
function tell(worker: Worker, message: Message): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

function settle({ id, body }: Extract<Message, { channel: 'answer' | 'answers' }>): void {
  waiting.get(id)?.(body);
}

async function answerOf(topic: string, body: unknown): Promise<unknown> {
  try {
    return await topics.get(topic)?.(body as never);
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

import { frame } from './frame.ts';

/** What a live read shows: its answer or why there is none, as JSON on one line. */
export class Snapshot {
  readonly event: 'snapshot' | 'problem';
  /** Equal ones show the same. */
  readonly etag: string;
  readonly #json: Uint8Array;
  readonly #frames = new Map<string, Uint8Array>();

  constructor(event: Snapshot['event'], etag: string, json: Uint8Array) {
    this.event = event;
    this.etag = etag;
    this.#json = json;
  }

  /** The event on a stream of this read alone: its id is the ETag. */
  frame(): Uint8Array {
    return this.#once('', () => frame({ event: this.event, id: this.etag, data: this.#text() }));
  }

  /** The event on a stream of many things, whose ids are positions: it names its own address. */
  frameOf(address: string): Uint8Array {
    const head = `{"of":${JSON.stringify(address)},"etag":${JSON.stringify(this.etag)}`;
    const member = this.event === 'snapshot' ? 'view' : 'problem';
    return this.#once(address, () => frame({ event: this.event, data: `${head},"${member}":${this.#text()}}` }));
  }

  #text(): string {
    return Buffer.from(this.#json).toString();
  }

  /** Made once, however many are sent it. */
  #once(key: string, make: () => Uint8Array): Uint8Array {
    let bytes = this.#frames.get(key);
    if (bytes === undefined) {
      bytes = make();
      this.#frames.set(key, bytes);
    }
    return bytes;
  }
}

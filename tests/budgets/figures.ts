/** Bytes or counts by name. */
export type Parts = Readonly<Record<string, number>>;

/** What one answer of an operation costs one kind of client. */
export interface AnswerFigures {
  /** Bytes of the JSON, and of it under gzip. */
  readonly json: number;
  readonly gzip: number;
  /** Bytes of the JSON by field; `items[].price.now.minor` is the sum over all items. */
  readonly fields: Parts;
  /** How often each upstream is called, by section; a batch is one call. */
  readonly calls: Parts;
}

export interface Figures {
  /** By route, gzipped bytes of first-load JavaScript by what is in it. */
  readonly pages: Readonly<Record<string, Parts>>;
  /** By `GET /api/home for anyone`. */
  readonly answers: Readonly<Record<string, AnswerFigures>>;
}

/** The part of every page that is not ours. */
export const FRAMEWORK = 'React and Next';

export const sum = (parts: Parts): number => Object.values(parts).reduce((total, part) => total + part, 0);

// Postgres takes any text but that with a zero in it, which a sender may have put into the id of a delivery.
const ESCAPE = '\uE000';
const ZERO = `${ESCAPE}0`;
const ITSELF = `${ESCAPE}1`;

/** A text as Postgres can store it; the same text wherever it has neither a zero nor our escape. */
export const toStored = (text: string): string =>
  text.includes('\0') || text.includes(ESCAPE) ? text.replaceAll(ESCAPE, ITSELF).replaceAll('\0', ZERO) : text;

export const fromStored = (text: string): string =>
  text.includes(ESCAPE) ? text.replaceAll(ZERO, '\0').replaceAll(ITSELF, ESCAPE) : text;

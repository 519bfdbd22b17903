import { z } from 'zod';
import type { Contract } from './operation.ts';

/** The languages of an answer: the input that names one, and its BCP 47 tags as the contract writes them. */
export interface Language {
  readonly field: string;
  readonly tags: readonly string[];
  /** The tag where nothing else is asked for. */
  readonly fallback: string;
}

const read = new WeakMap<Contract, Language | undefined>();

/** The languages that a contract declares; undefined where it declares none, or not as `languageIssue` wants it. */
export function languageOf(contract: Contract): Language | undefined {
  if (contract.language === undefined) return undefined;
  if (!read.has(contract)) read.set(contract, readLanguage(contract.language, contract.input.shape[contract.language]));
  return read.get(contract);
}

function readLanguage(field: string, schema: unknown): Language | undefined {
  if (!(schema instanceof z.ZodDefault)) return undefined;
  const inner = schema.unwrap();
  const fallback = schema.safeParse(undefined).data;
  if (!(inner instanceof z.ZodEnum) || typeof fallback !== 'string') return undefined;
  const tags = inner.options.map(String);
  return tags.includes(fallback) ? { field, tags, fallback } : undefined;
}

/** Why the language of an operation can't be negotiated; undefined where it can, or is not declared. */
export function languageIssue({ language, ...contract }: Contract): string | undefined {
  if (language === undefined) return undefined;
  const read = readLanguage(language, contract.input.shape[language]);
  if (read === undefined)
    return `chooses its language by "${language}": that must be an input, an enum of language tags with a default`;
  const odd = read.tags.filter((tag) => canonical(tag) !== tag);
  if (odd.length > 0) return `has the languages ${odd.join(', ')}: write them as BCP 47 does, such as de or pt-BR`;
  const isRead = contract.route.startsWith('GET ') && contract.output !== undefined;
  return isRead ? undefined : 'chooses a language, which only a GET with an output does';
}

/** The tag in its canonical form (RFC 5646 §4.5); undefined where it is none. */
function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

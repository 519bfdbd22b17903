import { type GraphqlDocument, graphqlDocument } from '#kernel/upstream/calls/graphql.ts';
import { refused } from '../refused.ts';
import { parseSample, type Sample } from './sample.ts';

/** What an upstream is asked by GraphQL. */
export interface Question {
  readonly document: GraphqlDocument;
  /** Values for its variables, as the mock's answer belongs to them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A document, and values for its variables, both as text. */
export function questionOf(text: string, variablesText: string | undefined): Question {
  const document = documentOf(text);
  if (document.kind === 'mutation')
    throw refused(`${document.name} is a mutation, and the generator makes reads: add it by hand, with http.graphql.`);
  const { value } = variablesText === undefined ? { value: {} } : parseSample(variablesText);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused('The variables are an object, by their names: {"slug":"home"}.');
  checkVariables(document, Object.keys(value));
  return { document, variables: value as Question['variables'] };
}

function documentOf(text: string): GraphqlDocument {
  // What stands before the operation are comments at most.
  const code = text.replace(/^(?:\s*#[^\n]*\n)*\s*/, '');
  try {
    return graphqlDocument(code);
  } catch (error) {
    throw refused(`${(error as Error).message}. One that is sent by another tool may lack the name.`);
  }
}

function checkVariables({ name, text }: GraphqlDocument, given: readonly string[]): void {
  const [, head = ''] = /^query\s+\w+\s*\(([^{]*)\)/.exec(text) ?? [];
  const declared = [...head.matchAll(/\$(\w+)\s*:\s*([^$]*)/g)].map(([, variable = '', rest = '']) => ({
    variable,
    isNeeded: rest.includes('!') && /!\s*,?\s*$/.test(rest) && !rest.includes('='),
  }));
  const missing = declared.filter(({ variable, isNeeded }) => isNeeded && !given.includes(variable));
  if (missing.length > 0)
    throw refused(
      `${name} needs ${missing.map(({ variable }) => `$${variable}`).join(', ')}: say --variables <file.json>.`,
    );
  const strange = given.filter((one) => !declared.some(({ variable }) => variable === one));
  if (strange.length > 0) throw refused(`${name} has no variable ${strange.map((one) => `$${one}`).join(', ')}.`);
}

/** The one member of an answer's data, where there is one and it holds more than a word. */
export function rootOf({ value }: Sample): string | undefined {
  const data = dataOf(value);
  const [only, ...others] = Object.entries(data);
  if (only === undefined)
    throw refused('The sample’s data has nothing in it: paste an answer that has found something.');
  if (others.length > 0 || (typeof only[1] !== 'object' && only[1] !== undefined)) return undefined;
  if (only[1] === null) throw refused(`The sample found nothing (${only[0]} is null): paste one that did.`);
  return only[0];
}

/** What the data of an answer holds, below its root; numbers as they were written. */
export function dataSample({ json, value }: Sample, root: string | undefined): Sample {
  const found = root === undefined ? dataOf(value) : dataOf(value)[root];
  if (found === undefined || found === null) throw refused(`A sample has nothing at data.${root}, as the others do.`);
  const kept = parseKeeping(json) as { data: Record<string, unknown> };
  return parseSample(JSON.stringify(root === undefined ? kept.data : kept.data[root]));
}

function dataOf(value: unknown): Record<string, unknown> {
  const { data, errors } = (value ?? {}) as { data?: unknown; errors?: unknown };
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  throw refused(
    errors === undefined
      ? 'The sample is no answer of GraphQL, which has its data below "data": paste the whole of one.'
      : 'The sample has errors and no data: paste an answer that went well.',
  );
}

/** JSON whose numbers are written again as they were: 20.0 is no whole number. */
function parseKeeping(json: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const keep = (_: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && source !== undefined ? rawJSON(source) : value;
  return JSON.parse(json, keep as (key: string, value: unknown) => unknown);
}

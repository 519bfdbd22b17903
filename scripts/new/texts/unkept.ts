import type { Draft, Read } from '../files/edits.ts';
import { parameterNames, parametersOf } from '../path-parameters.ts';
import { isLong, keptText, serviceTest, type Words } from './upstream.ts';

/**
 * The service and its test of an upstream in which something private was found: it is not kept any more. Undefined where
 * either is not as the generator writes it.
 */
export function unkept(
  read: Read,
  given: Words,
  tidied: (drafts: readonly Draft[]) => Draft[],
): readonly Draft[] | undefined {
  const { name, path } = given;
  const [service, test] = [`services/${name}.ts`, `tests/services/${name}.test.ts`];
  const seed = JSON.parse(read(`mocks/seed/${name}.json`) ?? 'null');
  const words = { ...given, parameters: parametersOf(parameterNames(path), seed) };
  const [before, tested] = [read(service), read(test)];
  const kept = keptText(name, false);
  const [expected] = tidied([{ path: test, before: undefined, text: serviceTest(words, false, isLong(seed)) }]);
  if (!before?.includes(kept) || tested !== expected?.text) return undefined;
  return [
    { path: service, before, text: before.replace(kept, keptText(name, true)) },
    { path: test, before: tested, text: serviceTest(words, true, isLong(seed)) },
  ];
}

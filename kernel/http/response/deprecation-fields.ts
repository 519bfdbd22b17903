import { startOf } from '#kernel/contract/deprecation.ts';
import type { Contract } from '#kernel/contract/operation.ts';

/**
 * What every answer of an operation that goes away says: since when (RFC 9745), until when (RFC 8594), and where to read
 * of it and what to use instead (RFC 8288, RFC 5829).
 */
export function deprecationFields(
  { deprecated }: Contract,
  parameters: Readonly<Record<string, string>>,
  base: string,
): readonly string[] {
  if (deprecated === undefined) return [];
  const { since, sunset, successor } = deprecated;
  const next = successor.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => parameters[name] ?? placeholder);
  const about = `<${base}/deprecations>`;
  return [
    'Deprecation',
    `@${startOf(since) / 1_000}`,
    'Sunset',
    new Date(startOf(sunset)).toUTCString(),
    'Link',
    `${about}; rel="deprecation"; type="text/html", ${about}; rel="sunset"; type="text/html", <${next}>; rel="successor-version"`,
  ];
}

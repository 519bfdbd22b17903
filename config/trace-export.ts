import { z } from 'zod';
import { httpUrl, type ValuesOf, variable } from './variable.ts';

/** Where finished traces go, and which of them (OpenTelemetry, Environment Variable Specification). */
export interface TraceExport {
  /** The full address that they are posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the collector is told of this service, `service.name` among it. */
  readonly resource: Readonly<Record<string, string>>;
  /** The share of unremarkable traces that is exported, 0 to 1. */
  readonly ratio: number;
  /** Milliseconds from which on a request is slow; undefined for half of its deadline. */
  readonly slow: number | undefined;
}

type Pairs = Readonly<Record<string, string>>;

const pairs = z.string().transform((text, context) => {
  const read = toPairs(text);
  if (read === undefined) context.addIssue('not pairs');
  return read ?? {};
});

const collector = (about: string, example: string, otherwise: string) =>
  variable(httpUrl, { about, form: 'an http(s) URL', example, otherwise });

const PAIRS = 'pairs such as key=value,other=value, percent-encoded';

/** Whose names are OpenTelemetry's own, where it has one (Environment Variable Specification). */
export const TRACES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: collector(
    'Where finished traces are sent over OTLP/HTTP: a collector’s base address, to which /v1/traces is appended.',
    'http://otel-collector:4318',
    'none: no trace is sent anywhere',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector(
    'The same as one full address, taken as it is.',
    'https://otlp.example.com/v1/traces',
    'OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: variable(pairs, {
    about: 'Header fields for the collector, such as its key.',
    form: PAIRS,
    example: 'api-key=a-secret-key',
    otherwise: 'none',
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: variable(pairs, {
    about: 'The same for traces alone; it wins where both name a field.',
    form: PAIRS,
    example: 'api-key=a-secret-key',
    otherwise: 'none',
  }),
  OTEL_SERVICE_NAME: variable(z.string().regex(/^[\x21-\x7e]{1,255}$/), {
    about: 'What this service is called in traces.',
    form: 'a name without spaces',
    example: 'shop-bff',
    otherwise: 'tributary',
  }),
  OTEL_RESOURCE_ATTRIBUTES: variable(pairs, {
    about: 'What else traces say of this service.',
    form: PAIRS,
    example: 'deployment.environment.name=production,service.version=2.4.0',
    otherwise: 'none',
  }),
  OTEL_TRACES_SAMPLER_ARG: variable(
    z
      .string()
      .regex(/^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/)
      .transform(Number),
    {
      about:
        'The share of traces that are exported besides those that failed, were slow or incomplete; by trace id, so that all instances export the same. A caller that sends traceparent decides by its sampled flag.',
      form: 'a number from 0 to 1',
      example: '0.05',
      otherwise: '0.1',
    },
  ),
  TRACES_SLOW_MS: variable(
    z
      .string()
      .regex(/^[1-9]\d{0,5}$/)
      .transform(Number),
    {
      about: 'Milliseconds from which on a request counts as slow, so that its trace is exported.',
      form: 'a whole number of milliseconds from 1 to 999999',
      example: '500',
      otherwise: 'half of the deadline of its operation',
    },
  ),
  BAGGAGE_KEYS: variable(
    z
      .string()
      .transform((text) => text.split(',').map((key) => key.trim()))
      .refine((keys) => keys.length <= 64 && keys.every((key) => /^[!#$%&'*+\-.^_`|~\w]{1,256}$/.test(key))),
    {
      about:
        'The keys of W3C baggage that go on to upstreams. Clients write what they like into it: name only what upstreams expect.',
      form: 'names of keys, commas between',
      example: 'tenant,region',
      otherwise: 'none: no baggage goes on',
    },
  ),
};

const SERVICE = 'tributary';
const RATIO = 0.1;

/** Undefined where no collector is named. An address for traces is taken as it is, the general one has a path appended. */
export function traceExportOf(given: ValuesOf<typeof TRACES>): TraceExport | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = given;
  const url = own?.href ?? (base && `${base.href.replace(/\/$/, '')}/v1/traces`);
  if (url === undefined) return undefined;
  const { OTEL_SERVICE_NAME: name, OTEL_RESOURCE_ATTRIBUTES: attributes } = given;
  return {
    url,
    headers: { ...given.OTEL_EXPORTER_OTLP_HEADERS, ...given.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    resource: { 'service.name': SERVICE, ...attributes, ...(name !== undefined && { 'service.name': name }) },
    ratio: given.OTEL_TRACES_SAMPLER_ARG ?? RATIO,
    slow: given.TRACES_SLOW_MS,
  };
}

const NAME = /^[!#$%&'*+\-.^_`|~\w]{1,256}$/;
const VALUE = /^[\x20-\x7e]{0,4096}$/;

/** `key=value,key=value`, percent-encoded as baggage is (W3C Baggage §3.3); undefined where it is not. */
export function toPairs(text: string): Pairs | undefined {
  const pairs: Record<string, string> = Object.create(null);
  for (const member of text.split(',')) {
    const [name = '', ...rest] = member.split('=');
    const value = decoded(rest.join('=').trim());
    if (!NAME.test(name.trim()) || rest.length === 0 || value === undefined) return undefined;
    pairs[name.trim()] = value;
  }
  return { ...pairs };
}

function decoded(text: string): string | undefined {
  if (!VALUE.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

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

/** The variables as they were read. */
interface Given {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: URL;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: URL;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Pairs;
  readonly OTEL_EXPORTER_OTLP_TRACES_HEADERS?: Pairs;
  readonly OTEL_SERVICE_NAME?: string;
  readonly OTEL_RESOURCE_ATTRIBUTES?: Pairs;
  readonly OTEL_TRACES_SAMPLER_ARG?: number;
  readonly TRACES_SLOW_MS?: number;
}

type Pairs = Readonly<Record<string, string>>;

const SERVICE = 'tributary';
const RATIO = 0.1;

/** Undefined where no collector is named. An address for traces is taken as it is, the general one has a path appended. */
export function traceExportOf(given: Given): TraceExport | undefined {
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

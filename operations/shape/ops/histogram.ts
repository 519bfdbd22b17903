import type { Metric } from 'prom-client';
import { BOUNDS, type Exemplar, type Histogram } from '#kernel/base/time/histogram.ts';

type Labels = Readonly<Record<string, string>>;

const SECONDS = 1 / 1_000;

/**
 * Histograms that are counted elsewhere as one metric of prom-client, whose own would count them again. Durations become
 * seconds; exemplars are written where the format has them.
 */
export function histogramMetric(
  { name, help }: { readonly name: string; readonly help: string },
  samples: readonly (readonly [Labels, Histogram])[],
): Metric {
  const values = samples.flatMap(([labels, histogram]) => valuesOf(name, labels, histogram));
  const metric = { name, help, type: 'histogram', aggregator: 'sum', values };
  // All that a registry asks of a metric.
  return { ...metric, get: async () => metric } as unknown as Metric;
}

function valuesOf(name: string, labels: Labels, { counts, sum, exemplars }: Histogram) {
  let count = 0;
  const buckets = [...counts].map((inBucket, bucket) => {
    count += inBucket;
    const bound = BOUNDS[bucket];
    const le = bound === undefined ? '+Inf' : String(bound * SECONDS);
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le },
      value: count,
      exemplar: shown(exemplars[bucket]),
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum * SECONDS },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** As prom-client writes it down (OpenMetrics 1.0 §4.6.1). */
const shown = (exemplar: Exemplar | undefined) =>
  exemplar && {
    labelSet: { trace_id: exemplar.traceId },
    value: exemplar.value * SECONDS,
    timestamp: exemplar.at * SECONDS,
  };

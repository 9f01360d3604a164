import type { Registry } from 'prom-client';

import type { Exemplar } from './exemplar.ts';

type Family = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number];
type Labels = Readonly<Record<string, string | number>>;

/** One line, as prom-client's metrics and ours give it. */
interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
  readonly exemplar?: Exemplar;
}

const TOTAL = '_total';

/**
 * Prints a registry as OpenMetrics 1.0, exemplars included. By hand, because prom-client's own renames counters for good
 * when it prints them so, and the other format needs them as they are.
 * Source: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export async function toOpenMetrics(registry: Registry): Promise<string> {
  const families = await registry.getMetricsAsJSON();
  return `${families.map(toLines).join('\n')}\n# EOF\n`;
}

/** A counter's family is named without the "_total" that its samples end in. */
function toLines({ name, help, type, values }: Family): string {
  const isCounter = String(type) === 'counter';
  const family = isCounter && name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name;
  const samples = (values as readonly Sample[]).map((sample) => {
    const suffixed = isCounter ? `${family}${TOTAL}` : (sample.metricName ?? family);
    return `${suffixed}${toLabels(sample.labels)} ${toNumber(sample.value)}${toExemplar(sample.exemplar)}`;
  });
  return [`# HELP ${family} ${escape(help)}`, `# TYPE ${family} ${type}`, ...samples].join('\n');
}

function toLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function toExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const [, traceId = '', spanId = ''] = exemplar.traceparent.split('-');
  return ` # ${toLabels({ trace_id: traceId, span_id: spanId })} ${exemplar.value} ${exemplar.atMs / 1_000}`;
}

function toNumber(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

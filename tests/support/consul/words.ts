/** What PUT /v1/agent/service/register takes, as far as this server knows it. */
export interface ServiceDefinition {
  readonly ID?: string;
  readonly Name: string;
  readonly Tags?: readonly string[];
  readonly Address?: string;
  readonly Port?: number;
  readonly Meta?: Readonly<Record<string, string>>;
  readonly Weights?: { readonly Passing: number; readonly Warning: number };
  readonly Check?: CheckDefinition;
}

/** A TTL check. */
export interface CheckDefinition {
  readonly Name?: string;
  readonly TTL: string;
  readonly Status?: 'passing' | 'warning' | 'critical';
  readonly DeregisterCriticalServiceAfter?: string;
}

/** Shorter ones are taken for this. */
export const DEREGISTER_MINIMUM_MS = 60_000;

/** Go's durations, of one unit: "5s", "100ms", "1m"; 0 for nothing. */
export function durationMs(text: string): number {
  const [, amount = '0', unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'];
}

/** Why an agent refuses a definition with 400; undefined: it takes it. */
export function refusal({ Name, Meta = {}, Weights, Check, Port }: ServiceDefinition): string | undefined {
  if (!Name) return 'Missing service name';
  if (Port !== undefined && !Number.isInteger(Port)) return 'Request decode failed: Port';
  const pairs = Object.entries(Meta);
  if (pairs.length > 64) return 'Invalid Service Meta: Node metadata cannot contain more than 64 key/value pairs';
  for (const [key, value] of pairs) {
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(key)) return `Invalid Service Meta: Key ${key} contains invalid characters`;
    if (Buffer.byteLength(value) > 512) return `Invalid Service Meta: Value is too long (limit: 512 characters)`;
  }
  if (Weights !== undefined && (Weights.Passing < 1 || Weights.Warning < 0))
    return 'Invalid Weights: Passing must be greater than 0';
  if (Check !== undefined && durationMs(Check.TTL) <= 0) return 'Invalid check: TTL must be > 0 for TTL checks';
  return undefined;
}

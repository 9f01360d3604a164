import { DEFAULT_WEIGHT, parseInstance, type Instance, type ParsedInstance } from '../instance.ts';

/** What an agent is told of a service. Source: https://developer.hashicorp.com/consul/api-docs/agent/service */
export interface ConsulService {
  readonly ID: string;
  readonly Name: string;
  readonly Address: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly Meta: Readonly<Record<string, string>>;
  readonly Weights: { readonly Passing: number; readonly Warning: number };
  readonly Check: {
    readonly Name: string;
    readonly TTL: string;
    readonly Status: 'passing';
    readonly DeregisterCriticalServiceAfter: string;
  };
}

/** Marks the services that are ours among all that a Consul knows. */
export const TAG = 'tradewind';

/** Where an instance's own fields are in a service's metadata, beside the metadata of the instance. */
const PREFIX = 'tradewind-';

/** Consul takes no less; until then a dead instance is listed as critical, which nobody who wants passing ones sees. */
const DEREGISTER_AFTER = '1m';

/** Metadata that Consul would refuse is packed under names that begin so. */
const PACKED = 'metadata-';

/** Source: https://developer.hashicorp.com/consul/docs/services/configuration/services-configuration-reference, "Meta" */
const LIMITS = { key: /^[A-Za-z0-9_-]{1,128}$/, valueLength: 512 };

/** The instance as a service with one TTL check. */
export function toConsulService(instance: Instance, ttlSeconds: number): ConsulService {
  const { host, port } = splitAddress(instance.address);
  return {
    ID: instance.id,
    Name: instance.process,
    Address: host,
    Port: port,
    Tags: [TAG],
    Meta: toMeta(instance),
    Weights: { Passing: Math.min(Math.max(instance.weight, 1), 65_535), Warning: 1 },
    Check: {
      Name: `heartbeat of ${instance.id}`,
      TTL: `${ttlSeconds}s`,
      Status: 'passing',
      DeregisterCriticalServiceAfter: DEREGISTER_AFTER,
    },
  };
}

/** The id that an agent gives to the one check of a service. */
export function checkIdOf(instance: Pick<Instance, 'id'>): string {
  return `service:${instance.id}`;
}

/**
 * Reads one entry of /v1/health/service. A service that another program registered has no fields of ours: its weight is
 * then Consul's own (1 there is our 100), and its address that of its node where it names none.
 */
export function fromConsulEntry(entry: unknown): ParsedInstance & { readonly id: string } {
  const { Service: service = {}, Node: node = {} } = (entry ?? {}) as ConsulEntry; // checked field by field below
  const meta = service.Meta ?? {};
  const own = (name: string): string | undefined => meta[PREFIX + name];
  const host = service.Address || node.Address || '';
  const weight = own('weight');
  const parsed = parseInstance(
    JSON.stringify({
      process: service.Service,
      id: service.ID,
      address: isPort(service.Port) && host !== '' ? joinAddress(host, service.Port) : '',
      weight: weight === undefined ? (service.Weights?.Passing ?? 1) * DEFAULT_WEIGHT : Number(weight),
      zone: own('zone'),
      version: own('version'),
      startedAt: own('started-at'),
      adminAddress: own('admin-address'),
      transports: own('transports')?.split(','),
      metadata: metadataOf(meta),
    }),
  );
  return { ...parsed, id: String(service.ID ?? '') };
}

interface ConsulEntry {
  readonly Node?: { readonly Address?: string };
  readonly Service?: {
    readonly ID?: string;
    readonly Service?: string;
    readonly Address?: string;
    readonly Port?: number;
    readonly Meta?: Readonly<Record<string, string>> | null;
    readonly Weights?: { readonly Passing?: number };
  };
}

function toMeta(instance: Instance): Readonly<Record<string, string>> {
  const own = {
    weight: String(instance.weight),
    zone: instance.zone,
    version: instance.version,
    'started-at': instance.startedAt,
    'admin-address': instance.adminAddress ?? '',
    transports: instance.transports?.join(',') ?? '',
  };
  const entries = Object.entries(instance.metadata);
  const fitting = entries.filter(([key, value]) => fits(key, value));
  const packed = pack(entries.filter(([key, value]) => !fits(key, value)));
  const meta = Object.entries({ ...own, ...packed }).map(([name, value]) => [PREFIX + name, value] as const);
  return Object.fromEntries([...fitting, ...meta.filter(([, value]) => value !== '')]);
}

const fits = (key: string, value: string) =>
  LIMITS.key.test(key) && !key.startsWith(PREFIX) && Buffer.byteLength(value) <= LIMITS.valueLength;

/** What Consul would refuse, as JSON in as many values as it takes. */
function pack(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  if (entries.length === 0) return {};
  const json = JSON.stringify(Object.fromEntries(entries)).replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const chunks = Math.ceil(json.length / LIMITS.valueLength);
  const chunk = (n: number) => json.slice(n * LIMITS.valueLength, (n + 1) * LIMITS.valueLength);
  return Object.fromEntries(Array.from({ length: chunks }, (_, n) => [`${PACKED}${n}`, chunk(n)]));
}

function metadataOf(meta: Readonly<Record<string, string>>): unknown {
  const packed = unpack(meta);
  if (typeof packed !== 'object') return 'damaged'; // which is no metadata
  return { ...Object.fromEntries(Object.entries(meta).filter(([key]) => !key.startsWith(PREFIX))), ...packed };
}

/** Undefined where it is damaged. */
function unpack(meta: Readonly<Record<string, string>>): unknown {
  let json = '';
  for (let n = 0; meta[`${PREFIX}${PACKED}${n}`] !== undefined; n++) json += meta[`${PREFIX}${PACKED}${n}`];
  try {
    return json === '' ? {} : JSON.parse(json);
  } catch {
    return undefined;
  }
}

const isPort = (port: unknown): port is number => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

const joinAddress = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

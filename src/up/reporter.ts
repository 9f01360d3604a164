/** One instance in the closing table. */
export interface ProcessRow {
  readonly name: string;
  /** host:port of what it is there for: gRPC, the gateway's HTTP, a sandbox's own protocol. */
  readonly address: string;
  /** host:port of its gRPC server; empty where it has none. */
  readonly grpc: string;
  /** host:port of its HTTP server: the gateway's own; elsewhere health, readiness and metrics. */
  readonly http: string;
  /** host:port of health, readiness and metrics. */
  readonly admin: string;
  readonly pid: number;
}

/** Everything `tradewind up` says, as data; the field `event` names the kind. Durations count from the start of `up`. */
export type UpEvent =
  | { readonly event: 'starting'; readonly version: string; readonly home: string }
  | {
      readonly event: 'backing';
      readonly name: string;
      readonly address: string;
      readonly ms: number;
      readonly note: string;
    }
  /** How calls between processes are secured. */
  | { readonly event: 'security'; readonly mtls: boolean; readonly text: string }
  /** What became of certificates while the suite ran. */
  | { readonly event: 'certificates'; readonly text: string }
  | { readonly event: 'port'; readonly name: string; readonly wanted: number; readonly port: number }
  | {
      readonly event: 'process';
      readonly name: string;
      readonly grpc: string;
      readonly pid: number;
      readonly ms: number;
    }
  | {
      readonly event: 'crashed';
      readonly name: string;
      readonly exit: string;
      /** The last line of its log where it ended by itself; may be empty. */
      readonly said: string;
      readonly restartInMs: number;
      readonly log: string;
    }
  | {
      readonly event: 'restarted';
      readonly name: string;
      readonly pid: number;
      readonly attempt: number;
      /** host:port of health, readiness and metrics, which may have changed; PostgreSQL has none. */
      readonly admin?: string;
    }
  | { readonly event: 'seed'; readonly text: string; readonly ms: number }
  /** One step in the life of the first order; `atMs` counts from PlaceOrder. */
  | { readonly event: 'step'; readonly text: string; readonly atMs: number }
  /** How the first order ended; `ms` counts from PlaceOrder. */
  | { readonly event: 'order'; readonly orderId: string; readonly state: string; readonly ms: number }
  | {
      readonly event: 'ready';
      readonly ms: number;
      readonly residentMb: number;
      readonly rssMb: number;
      readonly processes: readonly ProcessRow[];
      readonly gateway: string;
      readonly mail: string;
      readonly try: readonly string[];
    }
  | { readonly event: 'stopping'; readonly reason: string }
  | { readonly event: 'stopped'; readonly ms: number };

/** Receives the events of `tradewind up`. */
export type Reporter = (event: UpEvent) => void;

/** Writes one JSON object a line. Bigints cannot occur in the events. */
export function jsonReporter(write: (text: string) => void): Reporter {
  return (event) => write(`${JSON.stringify(event)}\n`);
}

/** Writes lines for a person. */
export function textReporter(write: (text: string) => void): Reporter {
  return (event) => write(`${format(event)}\n`);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)} s`;

const saying = (said: string): string => (said === '' ? '' : `: ${said}`);

function format(event: UpEvent): string {
  switch (event.event) {
    case 'starting':
      return `Tradewind ${event.version}, data in ${event.home}`;
    case 'backing':
      return `${seconds(event.ms)}  ${event.name.padEnd(16)} ${event.address.padEnd(22)} ${event.note}`;
    case 'security':
    case 'certificates':
      return `         ${event.text}`;
    case 'port':
      return `         port ${event.wanted} is taken: ${event.name} listens on ${event.port} instead`;
    case 'process':
      return `${seconds(event.ms)}  ${event.name.padEnd(16)} ${event.grpc.padEnd(22)} pid ${event.pid}`;
    case 'crashed':
      return `${event.name} ended (${event.exit}${saying(event.said)}); starting again in ${event.restartInMs} ms; its log: ${event.log}`;
    case 'restarted':
      return `${event.name} is back, pid ${event.pid}`;
    case 'seed':
      return `${seconds(event.ms)}  ${event.text}`;
    case 'step':
      return `  +${String(Math.round(event.atMs)).padStart(5)} ms  ${event.text}`;
    case 'order':
      return `First order ${event.orderId}: ${event.state} after ${Math.round(event.ms)} ms\n`;
    case 'ready':
      return formatReady(event);
    case 'stopping':
      return `\nStopping (${event.reason})`;
    case 'stopped':
      return `Stopped in ${(event.ms / 1000).toFixed(1)} s; nothing is left running`;
  }
}

function formatReady(event: Extract<UpEvent, { event: 'ready' }>): string {
  const rows = event.processes.map(
    (p) => `  ${p.name.padEnd(16)} ${p.address.padEnd(22)} ${p.admin.padEnd(22)} ${p.pid}`,
  );
  return [
    `  ${'process'.padEnd(16)} ${'address'.padEnd(22)} ${'admin (HTTP)'.padEnd(22)} pid`,
    ...rows,
    '',
    'Try:',
    ...event.try.map((line) => `  ${line}`),
    '',
    `Gateway ${event.gateway} (contract: ${event.gateway}/openapi.json), mail sent so far ${event.mail}`,
    `Ready in ${(event.ms / 1000).toFixed(1)} s, ${event.residentMb} MB resident in all (${event.rssMb} MB with shared pages counted in each process). Ctrl-C stops everything.`,
  ].join('\n');
}

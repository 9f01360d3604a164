import type { CertificateFiles } from '../chassis/identity/index.ts';
import type { Secret } from '../chassis/config/index.ts';
import type { Environment } from '../catalogue.ts';
import { VERSION } from '../version.ts';
import type { KeptCertificates } from './certificates/keep-certificates.ts';
import type { Home } from './home.ts';
import type { PlannedProcess } from './plan.ts';

/** What the processes of one suite have in common. */
export interface SuiteEnvironment {
  readonly host: string;
  readonly etcdEndpoints: string;
  /** By service; empty for a process that owns no database. */
  readonly databaseUrls: ReadonlyMap<string, Secret>;
  /** Where each process's certificates are; undefined: calls are plain text. */
  readonly certificates: Pick<KeptCertificates, 'filesOf'> | undefined;
  readonly sandboxes: Readonly<Record<'paymentProvider' | 'smtp' | 'carrier' | 'messenger', string>>;
}

/** The machine's variables that a child may see; nothing else of the starting shell reaches the suite. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'TMPDIR',
  'LANG',
  'TZ',
  'LOG_LEVEL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_TRACES_SAMPLER_ARG',
  'TRACES_SLOW_MS',
  'ALERT_WEBHOOK_URLS',
  'TRANSPORTS',
  'EVENTS_COURIER',
  'NATS_URL',
  'RABBITMQ_URL',
  'SSL_CERT_FILE',
  'CRASH_POINTS_DIR',
  'HOUR_MS',
  'CHECKOUT_UNDO_ATTEMPTS',
  'CHECKOUT_STYLE',
  'CHECKOUT_DEADLINE_MS',
];

/** What every process gets before its own settings. */
export function machineEnvironment(environment: Environment, home: Home): Record<string, string> {
  const passed = PASSED_ON.flatMap((key) => (environment[key] === undefined ? [] : [[key, environment[key]] as const]));
  return {
    ...Object.fromEntries(passed),
    // Compiled code, kept between starts: see program.ts.
    NODE_COMPILE_CACHE: home.folder('compile-cache'),
    NODE_NO_WARNINGS: '1',
    // glibc keeps an arena of free memory for each thread otherwise: some 10 MB in each process.
    MALLOC_ARENA_MAX: '2',
  };
}

/** A sandbox's settings. */
export function sandboxEnvironment(
  planned: PlannedProcess,
  host: string,
  port: number,
  home: Home,
): Record<string, string> {
  return { HOST: host, PORT: String(port), DATA_DIR: home.folder(`sandbox/${planned.entry.name}`) };
}

/** A service's or the gateway's settings. */
export function processEnvironment(
  planned: PlannedProcess,
  port: number,
  suite: SuiteEnvironment,
  home: Home,
): Record<string, string> {
  const databaseUrl = suite.databaseUrls.get(planned.entry.name);
  return {
    HOST: suite.host,
    PORT: String(port),
    ADMIN_PORT: '0',
    INSTANCE_ID: planned.instance,
    VERSION,
    ETCD_ENDPOINTS: suite.etcdEndpoints,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl.reveal() }),
    PAGE_TOKEN_SECRET: home.secret('page-token').reveal(),
    ...certificateSettings(suite.certificates?.filesOf(planned.entry.name)),
    ...OWN_SETTINGS[planned.entry.name]?.(suite, home),
  };
}

function certificateSettings(files: CertificateFiles | undefined): Record<string, string> {
  if (files === undefined) return {};
  return { TLS_CERT_FILE: files.certificate, TLS_KEY_FILE: files.key, TLS_CA_FILE: files.ca };
}

/** The administrator that the operator of a development suite signs in as. */
export const ADMIN_EMAIL = 'admin@tradewind.example';

const OWN_SETTINGS: Readonly<Record<string, (suite: SuiteEnvironment, home: Home) => Record<string, string>>> = {
  user: (_suite, home) => ({
    BOOTSTRAP_ADMIN_EMAIL: ADMIN_EMAIL,
    BOOTSTRAP_ADMIN_PASSWORD: home.secret('admin-password').reveal(),
    SIGNING_KEY_SECRET: home.secret('signing-key').reveal(),
  }),
  payment: (suite) => ({ PAYMENT_PROVIDER_URL: suite.sandboxes.paymentProvider }),
  shipping: (suite) => ({ CARRIER_URL: suite.sandboxes.carrier }),
  notification: (suite) => ({
    SMTP_URL: suite.sandboxes.smtp,
    MESSENGER_URL: suite.sandboxes.messenger,
    OPERATOR_EMAILS: 'operators@tradewind.example',
  }),
};

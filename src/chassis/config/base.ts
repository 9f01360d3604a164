import { z } from 'zod';

import {
  addresses,
  brokerUrl,
  databaseUrl,
  integer,
  milliseconds,
  port,
  registryUrl,
  secret,
  secretUrls,
  share,
  text,
  url,
  words,
} from './keys.ts';

/** The keys every process understands; a service extends them with its own: `baseConfiguration.extend({ ... })`. */
export const baseConfiguration = z.object({
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .describe('Log lines below this level are not written.')
    .default('info'),
  HOST: text('The address to listen on, for gRPC and for the admin port.').prefault('127.0.0.1'),
  PORT: port('The gRPC port; 0 takes a free one.').prefault('0'),
  ADMIN_PORT: port('The HTTP port of health and metrics; 0 takes a free one.').prefault('0'),
  ADVERTISE_ADDRESS: text(
    'The host under which others reach this process; default: HOST, or the host name.',
  ).optional(),
  ETCD_ENDPOINTS: addresses('Addresses of the etcd cluster, separated by commas.').prefault('http://127.0.0.1:2379'),
  REGISTRY_URL: registryUrl('Where processes find each other; default: etcd at ETCD_ENDPOINTS.').optional(),
  CONSUL_HTTP_TOKEN: secret('The ACL token for Consul, where REGISTRY_URL names it.').optional(),
  ETCD_LEASE_TTL_SECONDS: integer('After a crash the registration disappears within this time.', {
    min: 2,
    max: 300,
  }).prefault('5'),
  DATABASE_URL: databaseUrl('postgres:// URL of the database this process owns.').optional(),
  DISCOVERY_SNAPSHOT_DIR: text(
    'A folder for the last known addresses of others, for a start without a registry; absent: none are kept.',
  ).optional(),
  INSTANCE_ID: text('Names this process among its replicas; default: made at each start.').optional(),
  WEIGHT: integer('Its share of the calls against its replicas, each of them 100 by default; 0 asks for none.', {
    min: 0,
    max: 10_000,
  }).prefault('100'),
  ZONE: text('The failure zone this process runs in.').prefault('local'),
  VERSION: text('The version of the code, as shown in the registry.').prefault('dev'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('Where traces are sent (OTLP over gRPC); absent: nowhere.').optional(),
  OTEL_TRACES_SAMPLER_ARG: share('The share of traces begun here that is recorded, 0 to 1.').prefault('1'),
  TRACES_SLOW_MS: milliseconds(
    'A call that is not recorded and takes longer is traced all the same, as failed ones are.',
    {
      min: 0,
      max: 3_600_000,
    },
  ).prefault('1000'),
  ALERT_WEBHOOK_URLS: secretUrls(
    'Where operators are told of what needs them: URLs, separated by commas, each of which gets every alert; absent: nowhere.',
  ).optional(),
  TRANSPORTS: words(
    'How callers may send unary calls, separated by commas: plain (one HTTP/2 stream each), multiplexed (one for many).',
    ['plain', 'multiplexed'],
    'plain',
  ).prefault('plain,multiplexed'),
  TLS_CERT_FILE: text(
    'The certificate of this process, in PEM, with those between it and the CA; with TLS_KEY_FILE and TLS_CA_FILE all calls are mutual TLS.',
  ).optional(),
  TLS_KEY_FILE: text('The private key of TLS_CERT_FILE, in PEM.').optional(),
  TLS_CA_FILE: text('The certificate authorities whose certificates others may show, in PEM.').optional(),
  SHUTDOWN_GRACE_MS: milliseconds('After leaving the registry calls are still served this long.', {
    min: 0,
    max: 5_000,
  }).prefault('500'),
  DRAIN_TIMEOUT_MS: milliseconds('Calls in flight may take this long to end; then they are ended.', {
    min: 0,
    max: 5_000,
  }).prefault('4000'),
  EVENTS_COURIER: z
    .enum(['feed', 'nats', 'rabbitmq'])
    .describe(
      'What carries events between processes: feed needs nothing, the others are brokers. The same in all processes.',
    )
    .default('feed'),
  NATS_URL: brokerUrl('Where NATS is, for EVENTS_COURIER=nats; the servers of one cluster separated by commas.', [
    'nats',
    'tls',
  ]).optional(),
  RABBITMQ_URL: brokerUrl(
    'Where RabbitMQ is, for EVENTS_COURIER=rabbitmq; the servers of one cluster separated by commas.',
    ['amqp', 'amqps'],
  ).optional(),
  EVENTS_OUTBOX_DAYS: integer('So many days events can be read again; a consumer may be away as long.', {
    min: 1,
    max: 365,
  }).prefault('7'),
  EVENTS_INBOX_DAYS: integer(
    'So many days a consumer knows what it has handled; more than EVENTS_OUTBOX_DAYS of any process it reads from.',
    { min: 2, max: 730 },
  ).prefault('14'),
  CRASH_POINTS_DIR: text(
    'Only for tests: a folder whose files name the points this process passes and have it end itself with SIGKILL at one.',
  ).optional(),
  PAGE_TOKEN_SECRET: secret('Signs page tokens; the same in all replicas. Default: made at each start.').optional(),
});

/** What baseConfiguration parses to. */
export type BaseConfiguration = z.output<typeof baseConfiguration>;

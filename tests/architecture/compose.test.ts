import { describe, expect, it } from '@jest/globals';

import { CATALOGUE } from '../../src/catalogue.ts';
import { parseConfiguration } from '../../src/chassis/config/index.ts';
import { compose, configurationOf, schemaOf } from '../support/deployment.ts';
import { read } from '../support/repository.ts';

const names = CATALOGUE.map(({ name }) => name);
const { services, volumes, configs } = await compose();
const blockOf = (name: string) => services[name] ?? {};
const environmentOf = (name: string) =>
  Object.fromEntries(Object.entries(blockOf(name).environment ?? {}).map(([key, value]) => [key, String(value)]));

describe('docker-compose.yml', () => {
  it('has a block for every process of the catalogue, etcd and PostgreSQL, and no other', () => {
    expect(Object.keys(services).sort()).toEqual([...names, 'etcd-1', 'etcd-2', 'etcd-3', 'postgres'].sort());
  });

  it.each(names)('runs %s from the one image, under its name, without a root file system it could write to', (name) => {
    expect(blockOf(name)).toMatchObject({
      image: 'tradewind',
      build: { context: '.', target: 'suite' },
      command: [name],
      read_only: true,
      restart: 'unless-stopped',
    });
  });

  it.each(names)('sets for %s only what it reads, and everything it requires', async (name) => {
    const keys = await configurationOf(name);
    const known = keys.map(({ key }) => key);
    expect(Object.keys(environmentOf(name)).filter((key) => !known.includes(key))).toEqual([]);
    const required = keys.filter((key) => key.required).map(({ key }) => key);
    expect(Object.keys(environmentOf(name))).toEqual(expect.arrayContaining(required));
  });

  it.each(CATALOGUE.filter(({ kind }) => kind !== 'sandbox'))('gives $name the port of the catalogue', (entry) => {
    expect(environmentOf(entry.name)['PORT']).toBe(String(entry.defaultPort));
    expect(blockOf(entry.name).ports).toEqual([`127.0.0.1:${entry.defaultPort}:${entry.defaultPort}`]);
  });

  it('gives each service a database and a role of its own', () => {
    const owners = CATALOGUE.filter(({ kind }) => kind === 'service').map(({ name }) => name);
    for (const name of owners) {
      expect(environmentOf(name)['DATABASE_URL']).toBe(
        `postgres://${name}:\${DATABASE_PASSWORD}@postgres:5432/${name}`,
      );
    }
    const script = configs['databases']?.content ?? '';
    expect(/^for name in (.*); do$/m.exec(script)?.[1]?.split(' ').sort()).toEqual([...owners].sort());
    expect(blockOf('postgres').configs).toEqual([
      { source: 'databases', target: expect.stringMatching(/^\/docker-entrypoint-initdb\.d\/.+\.sh$/) },
    ]);
  });

  it('points each service at the stand-in it calls, on the port where that listens, and starts it after', () => {
    const calls = [
      ['payment', 'PAYMENT_PROVIDER_URL', 'http:', 'payment-provider'],
      ['shipping', 'CARRIER_URL', 'http:', 'carrier'],
      ['notification', 'SMTP_URL', 'smtp:', 'smtp-sink'],
      ['notification', 'MESSENGER_URL', 'http:', 'messenger'],
    ] as const;
    for (const [service, key, protocol, sandbox] of calls) {
      const url = new URL(environmentOf(service)[key] ?? '');
      expect([url.protocol, url.hostname, url.port]).toEqual([protocol, sandbox, environmentOf(sandbox)['PORT']]);
      expect(blockOf(service).depends_on).toMatchObject({ [sandbox]: { condition: 'service_healthy' } });
    }
  });

  it('starts a process when what it stands on is healthy, and everything waited for has a health check', () => {
    const etcd = { 'etcd-1': HEALTHY, 'etcd-2': HEALTHY, 'etcd-3': HEALTHY };
    for (const { name, kind } of CATALOGUE.filter((entry) => entry.kind !== 'sandbox')) {
      expect(blockOf(name).depends_on).toMatchObject(kind === 'service' ? { ...etcd, postgres: HEALTHY } : etcd);
    }
    const awaited = new Set(Object.values(services).flatMap(({ depends_on = {} }) => Object.keys(depends_on)));
    for (const name of awaited) expect(services[name]?.healthcheck?.test[0]).toBe('CMD');
  });

  it('asks the same three members of etcd everywhere, each of which knows the others', () => {
    const members = ['etcd-1', 'etcd-2', 'etcd-3'];
    const endpoints = members.map((name) => `http://${name}:2379`).join(',');
    for (const { name } of CATALOGUE.filter(({ kind }) => kind !== 'sandbox')) {
      expect(environmentOf(name)['ETCD_ENDPOINTS']).toBe(endpoints);
    }
    const cluster = members.map((name) => `${name}=http://${name}:2380`).join(',');
    for (const name of members) {
      expect(blockOf(name).build).toEqual({ context: '.', target: 'etcd' });
      expect(blockOf(name).command).toEqual(
        expect.arrayContaining([
          `--name=${name}`,
          `--advertise-client-urls=http://${name}:2379`,
          `--initial-advertise-peer-urls=http://${name}:2380`,
          `--initial-cluster=${cluster}`,
        ]),
      );
    }
  });

  it('holds no secret: each comes from a variable that must be set, and that compose-secrets makes', async () => {
    const made = /const names = \[(.*?)\];/s.exec(await read('scripts/compose-secrets.mjs'))?.[1] ?? '';
    const variables = [...made.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1]);
    for (const name of names) {
      const secrets = (await configurationOf(name)).filter(({ secret }) => secret).map(({ key }) => key);
      for (const key of secrets.filter((secret) => environmentOf(name)[secret] !== undefined)) {
        const value = environmentOf(name)[key] ?? '';
        if (/^[a-z]+:\/\/[a-z-]+:\d+$/.test(value)) continue; // an address without a password
        const variable = /^(?:postgres:\/\/[a-z]+:)?\$\{([A-Z_]+)(?::\?[^}]+)?\}(?:@postgres:5432\/[a-z]+)?$/.exec(
          value,
        )?.[1];
        expect([name, key, variables.includes(variable)]).toEqual([name, key, true]);
      }
    }
    const wanted = `${await read('docker-compose.yml')}${await read('docker-compose.rabbitmq.yml')}`;
    for (const variable of variables) expect(wanted).toContain(`\${${variable}:?`);
    expect(await read('.gitignore')).toMatch(/^\.env$/m);
  });

  it('names no registry host, and keeps what must outlive a container in volumes it declares', async () => {
    for (const { image = '' } of Object.values(services)) expect(image).not.toMatch(/^[^/]*[.:][^/]*\//);
    const used = Object.values(services).flatMap((service) =>
      (service.volumes ?? []).map((text) => text.split(':')[0]),
    );
    expect([...used].sort()).toEqual(Object.keys(volumes).sort());
  });

  it.each(names)('gives %s values that it accepts', async (name) => {
    const given = Object.entries(environmentOf(name)).map(([key, value]) => [
      key,
      value.replace(/\$\{[A-Z_]+(?::-([^}]*)|:\?[^}]*)?\}/g, (_all, fallback?: string) => fallback ?? 'made'),
    ]);
    expect(parseConfiguration(await schemaOf(name), Object.fromEntries(given))).toBeDefined();
  });
});

const HEALTHY = { condition: 'service_healthy' };

describe('docker-compose.mtls.yml', () => {
  it('gives every process that is called over gRPC, or calls, its own certificate to read, and no other', async () => {
    const secured = (await compose('docker-compose.mtls.yml')).services;
    const expected = CATALOGUE.filter(({ kind }) => kind !== 'sandbox').map(({ name }) => name);
    expect(Object.keys(secured).sort()).toEqual(expected.sort());
    for (const name of expected) {
      expect(secured[name]?.volumes).toEqual([`./.data/certificates/${name}:/certificates:ro`]);
      expect(secured[name]?.environment).toEqual({
        TLS_CERT_FILE: '/certificates/certificate.pem',
        TLS_KEY_FILE: '/certificates/key.pem',
        TLS_CA_FILE: '/certificates/ca.pem',
      });
      const known = (await configurationOf(name)).map(({ key }) => key);
      expect(known).toEqual(expect.arrayContaining(Object.keys(secured[name]?.environment ?? {})));
    }
  });
});

describe('docker-compose.nats.yml', () => {
  it('has every service that publishes or consumes carry its events over NATS, once NATS is healthy', async () => {
    const { services: carried, volumes: kept } = await compose('docker-compose.nats.yml');
    const { nats, ...rest } = carried;
    const expected = CATALOGUE.filter(({ kind }) => kind === 'service').map(({ name }) => name);
    expect(Object.keys(rest).sort()).toEqual(expected.sort());
    for (const name of expected) {
      const { environment = {}, depends_on: needs } = rest[name] ?? {};
      expect(needs).toEqual({ nats: HEALTHY });
      expect(environment).toEqual({ EVENTS_COURIER: 'nats', NATS_URL: 'nats://nats:4222' });
      const known = (await configurationOf(name)).map(({ key }) => key);
      expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
    }
    expect(nats?.command).toContain('--jetstream');
    expect(nats?.healthcheck?.test[0]).toBe('CMD');
    expect(nats?.volumes).toEqual(Object.keys(kept).map((volume) => `${volume}:/data`));
  });
});

describe('docker-compose.rabbitmq.yml', () => {
  it('has every service that publishes or consumes carry its events over RabbitMQ, once that is healthy', async () => {
    const { services: carried, volumes: kept } = await compose('docker-compose.rabbitmq.yml');
    const { rabbitmq, ...rest } = carried;
    const expected = CATALOGUE.filter(({ kind }) => kind === 'service').map(({ name }) => name);
    expect(Object.keys(rest).sort()).toEqual(expected.sort());
    const { RABBITMQ_DEFAULT_USER: user, RABBITMQ_DEFAULT_PASS: password } = rabbitmq?.environment ?? {};
    for (const name of expected) {
      const { environment = {}, depends_on: needs } = rest[name] ?? {};
      expect(needs).toEqual({ rabbitmq: HEALTHY });
      const url = `amqp://${user}:${password}@rabbitmq:5672`;
      expect(environment).toEqual({ EVENTS_COURIER: 'rabbitmq', RABBITMQ_URL: url });
      const known = (await configurationOf(name)).map(({ key }) => key);
      expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
    }
    expect(rabbitmq?.healthcheck?.test[0]).toBe('CMD');
    expect(rabbitmq?.volumes).toEqual(Object.keys(kept).map((volume) => `${volume}:/var/lib/rabbitmq`));
  });
});

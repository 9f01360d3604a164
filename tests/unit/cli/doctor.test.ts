import { describe, expect, it } from '@jest/globals';

import { diagnose } from '../../../src/cli/doctor/checks/index.ts';
import { exitCodeOf, type Finding } from '../../../src/cli/doctor/finding.ts';
import { report } from '../../../src/cli/doctor/report.ts';
import type { SuiteSnapshot } from '../../../src/cli/doctor/snapshot.ts';
import { NOW, database, instance, suite } from './doctor-snapshot.ts';

/** What is not well: "check status found". */
function troubles(snapshot: SuiteSnapshot): readonly string[] {
  return diagnose(snapshot).flatMap(({ check, status, found }) =>
    status === 'ok' ? [] : [`${check} ${status} ${found}`],
  );
}

const HOUR = 3_600_000;
const since = '2026-11-28T19:00:00.000Z';

describe('diagnose', () => {
  it('finds nothing in a healthy suite, and says what it looked at', () => {
    const snapshot = suite([instance('user', { facts: { database: database() } }), instance('order')]);
    expect(troubles(snapshot)).toEqual([]);
    expect(diagnose(snapshot).map(({ check }) => check)).toEqual([
      ...['registry', 'processes', 'calls', 'admin ports', 'health', 'databases', 'ports', 'leases', 'versions'],
      ...['service configs', 'settings', 'certificates', 'clocks', 'backlogs', 'resources', 'disk'],
    ]);
    expect(exitCodeOf(diagnose(snapshot))).toBe(0);
  });

  it('looks at nothing else where the registry does not answer', () => {
    const snapshot = suite([], { instances: { kind: 'failed', error: 'connection refused' }, disk: undefined });
    expect(troubles(snapshot)).toEqual(['registry failing etcd at 127.0.0.1:2379 does not answer: connection refused']);
  });

  it('misses processes, those that do not answer, and those that do not serve', () => {
    const dead = { kind: 'failed', error: 'ECONNREFUSED' } as const;
    const snapshot = suite(
      [
        instance('user', { address: '10.0.0.1:1', serving: dead, admin: undefined }),
        instance('order', { address: '10.0.0.1:2', serving: { kind: 'answered', value: false } }),
      ],
      { expected: ['user', 'order', 'payment'] },
    );
    expect(troubles(snapshot)).toEqual([
      'processes failing no payment is registered',
      'calls failing user at 10.0.0.1:1 is registered and does not answer: ECONNREFUSED',
      'calls failing order at 10.0.0.1:2 says that it does not serve',
    ]);
    const hidden = suite([instance('user', { admin: dead })]);
    expect(troubles(hidden)).toEqual([expect.stringMatching(/^admin ports failing user at .* does not answer: ECONN/)]);
  });

  it('sees two at one port', () => {
    const at = { address: '10.0.0.1:7' };
    expect(troubles(suite([instance('user', at), instance('order', at)]))).toEqual([
      'ports failing user and order are both registered at 10.0.0.1:7',
    ]);
  });

  it('passes on what processes say of their components; a neighbour that is needed is worse than one that is not', () => {
    const away = { status: 'degraded', why: 'no endpoint is known' } as const;
    const components = {
      database: { status: 'unhealthy', why: 'connection refused', since },
      background: { status: 'degraded', why: 'tracker: no', since },
      neighbours: {
        status: 'degraded',
        why: 'two are away',
        since,
        parts: [
          { name: 'payment', need: 'required', ...away },
          { name: 'loyalty', need: 'optional', ...away },
          { name: 'user', need: 'required', status: 'healthy' },
        ],
      },
      configuration: { status: 'degraded', why: 'told by another check', since },
      grpc: { status: 'healthy', since },
    } as const;
    expect(troubles(suite([instance('order', { components })]))).toEqual([
      `health failing order: database is unhealthy since ${since}: connection refused`,
      `health warning order: background is degraded since ${since}: tracker: no`,
      `health failing order cannot rely on payment (required): no endpoint is known`,
      `health warning order cannot rely on loyalty (optional): no endpoint is known`,
    ]);
  });

  it('sees replicas that differ, another contract, and an old Node', () => {
    const old = { version: '0', node: 'v22.1.0', contract: 'xyz', database: database({ migrations: [] }) };
    const snapshot = suite([
      instance('user', { facts: { database: database() } }),
      instance('user', { id: 'user-2', facts: old }),
    ]);
    expect(troubles(snapshot)).toEqual([
      'versions warning user runs in several versions: 1: user; 0: user-2',
      'versions failing replicas of user see different migrations: 1, the last 0001.sql: user; 0, the last none: user-2',
      'versions warning user-2 has contract xyz, this command abc',
      'versions warning user-2 runs on Node v22.1.0',
    ]);
  });

  it.each([
    [900, []],
    [-1_015, []], // no more than the answer took longer than it may
    [1_500, ["clocks warning the clock of user is 1.5 s ahead of this machine's"]],
    [-90_000, ["clocks failing the clock of user is 90.0 s behind this machine's"]],
  ])('takes a clock that is %d ms ahead for what it is', (clockAheadMs, found) => {
    expect(troubles(suite([instance('user', { clockAheadMs })]))).toEqual(found);
  });

  it('compares the clocks of databases with this machine too', () => {
    const facts = { database: database({ clockAheadMs: -5_000 }) };
    expect(troubles(suite([instance('user', { facts })]))).toEqual([
      "clocks warning the clock of the database of user is 5.0 s behind this machine's",
    ]);
  });

  it('sees certificates that end soon or have, and processes without one among others', () => {
    const valid = (leftMs: number) => ({
      facts: { certificate: { notBeforeMs: NOW + leftMs - 24 * HOUR, notAfterMs: NOW + leftMs } },
    });
    expect(troubles(suite([instance('user', valid(9 * HOUR))]))).toEqual([]);
    expect(troubles(suite([instance('user', valid(HOUR)), instance('order', valid(-1)), instance('payment')]))).toEqual(
      [
        'certificates warning the certificate of user is valid for 60m more',
        'certificates failing the certificate of order has expired',
        'certificates failing payment speak plain text, the others TLS',
      ],
    );
  });

  it('sees leases that are not renewed', () => {
    const late = { registration: { state: 'registered', keepaliveAgeSeconds: 4, ttlSeconds: 5 } } as const;
    const lost = { registration: { state: 'lost', keepaliveAgeSeconds: undefined, ttlSeconds: 5 } } as const;
    expect(troubles(suite([instance('user', { facts: late }), instance('order', { facts: lost })]))).toEqual([
      'leases warning user renewed its lease of 5 s 4.0 s ago',
      'leases warning order is listed, and its registration is lost',
    ]);
  });

  it('sees what waits too long, once for all replicas', () => {
    const queue = { kind: 'measured', advice: 'Look.' } as const;
    const backlogs = [
      { ...queue, name: 'mail', warnAfterSeconds: 60, count: 5, oldestSeconds: 61 },
      { ...queue, name: 'letters', warnAfterSeconds: 60, count: 5_000, oldestSeconds: 59 },
      { ...queue, name: 'parked', warnAfterSeconds: 0, count: 1, oldestSeconds: undefined },
      { ...queue, name: 'none', warnAfterSeconds: 0, count: 0, oldestSeconds: undefined },
      { kind: 'unknown', name: 'lost', warnAfterSeconds: 0, advice: 'Look.', error: 'timeout' } as const,
    ];
    const snapshot = suite([instance('order', { backlogs }), instance('order', { id: 'order-2', backlogs })]);
    expect(troubles(snapshot)).toEqual([
      'backlogs warning order: mail: 5, the oldest for 61s',
      'backlogs warning order: parked: 1',
      'backlogs warning order: lost could not be counted: timeout',
    ]);
  });

  it('sees who has no event loop, memory, descriptors or disk to spare', () => {
    const facts = {
      eventLoop: { maxDelayMs: 700, utilization: 1 },
      memory: { residentBytes: 1e9, heapUsedBytes: 9e8, heapLimitBytes: 1e9 },
      files: { open: 900, limit: 1_000 },
    };
    const disk = { path: '.data', freeBytes: 5e8, totalBytes: 2e11 };
    expect(troubles(suite([instance('user', { facts })], { disk }))).toEqual([
      'resources warning the event loop of user was blocked for 700 ms',
      'resources warning user uses 858 of 954 MB of heap',
      'resources warning user has 900 of 1000 file descriptors open',
      'disk warning 477 of 190735 MB free at .data',
    ]);
    const full = suite([instance('user')], { disk: { ...disk, freeBytes: 1e6 } });
    expect(troubles(full)).toEqual([expect.stringMatching(/^disk failing /)]);
  });

  it('tells a refused service config once, with everybody who refuses it', () => {
    const rejected = 'balancing: is no object';
    expect(troubles(suite([instance('order', { rejected }), instance('gateway', { rejected })]))).toEqual([
      'service configs warning order, gateway refuse the service config of user: balancing: is no object',
    ]);
  });

  it('tells refused settings once for all replicas', () => {
    const components = { settings: { status: 'degraded', why: 'logLevel: must be a level', since } } as const;
    const both = [instance('order', { components }), instance('order', { id: 'order-2', components })];
    expect(troubles(suite(both))).toEqual([
      'settings warning order, order-2 refuse the settings of order: logLevel: must be a level',
    ]);
  });

  it('says of every trouble what to do', () => {
    const snapshot = suite([instance('order', { clockAheadMs: 1e6, rejected: 'x' })], { expected: ['order', 'user'] });
    const found = diagnose(snapshot).flatMap((finding) => (finding.status === 'ok' ? [] : [finding.advice]));
    expect(found).toHaveLength(3);
    for (const advice of found) expect(advice).toMatch(/^[A-Z].{20,}\.?$/);
  });
});

describe('exitCodeOf', () => {
  it('is that of the worst', () => {
    const ok: Finding = { check: 'a', status: 'ok', found: '' };
    const warning: Finding = { check: 'a', status: 'warning', found: '', advice: '' };
    expect([
      exitCodeOf([ok]),
      exitCodeOf([warning, ok]),
      exitCodeOf([warning, { ...warning, status: 'failing' }]),
    ]).toEqual([0, 1, 2]);
  });
});

describe('report', () => {
  it('is a table, then what to do about each trouble, the same advice once', () => {
    const ok: Finding = { check: 'registry', status: 'ok', found: 'etcd' };
    const down = (who: string): Finding => ({
      check: 'calls',
      status: 'failing',
      found: `${who} is away`,
      advice: 'Start it.',
    });
    expect(report([ok, down('user'), down('order')])).toBe(
      [
        'check     is       found',
        'registry  ok       etcd',
        'calls     failing  user is away',
        'calls     failing  order is away',
        '',
        'What to do:',
        '  calls: user is away (and 1 more)',
        '    Start it.',
        '',
        '2 failing, 0 warnings.',
        '',
      ].join('\n'),
    );
    expect(report([ok])).toContain('All is well.');
  });
});

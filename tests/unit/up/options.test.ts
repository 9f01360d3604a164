import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { CATALOGUE } from '../../../src/catalogue.ts';
import { parseUpOptions } from '../../../src/up/options.ts';
import { planProcesses } from '../../../src/up/plan.ts';
import { VERSION } from '../../../src/version.ts';

const raw = { home: '.data', demo: true };

describe('parseUpOptions', () => {
  it('has defaults for everything', () => {
    expect(parseUpOptions(raw)).toEqual({
      home: resolve('.data'),
      portBase: undefined,
      replicas: new Map(),
      demo: true,
      json: false,
      mtls: false,
    });
  });

  it.each([
    [{ portBase: 'high' }, /--port-base must be a whole number from 1024 to 65000, not "high"/],
    [{ portBase: '80' }, /--port-base/],
    [{ replicas: 'basket=2' }, /--replicas: "basket" is not a service/],
    [{ replicas: 'gateway=2' }, /--replicas: "gateway" is not a service/],
    [{ replicas: 'order=0' }, /--replicas: order must be a whole number from 1 to 16, not "0"/],
    [{ replicas: 'order' }, /--replicas: order must be/],
  ])('refuses %j and names the option and the rule', (wrong, message) => {
    expect(() => parseUpOptions({ ...raw, ...wrong })).toThrow(message);
  });
});

describe('planProcesses', () => {
  const plan = (more: object) => planProcesses(parseUpOptions({ ...raw, ...more }));

  it('plans every process of the catalogue once, on its default port', () => {
    expect(plan({}).map((p) => [p.instance, p.wantedPort])).toEqual(CATALOGUE.map((e) => [e.name, e.defaultPort]));
  });

  it('gives the gateway the port base and the services the ports after it', () => {
    const planned = plan({ portBase: '30000' }).filter((p) => p.entry.kind !== 'sandbox');
    expect(Object.fromEntries(planned.map((p) => [p.instance, p.wantedPort]))).toMatchObject({
      gateway: 30_000,
      user: 30_001,
      loyalty: 30_007,
    });
  });

  it('names further replicas and lets them take any free port', () => {
    const replicas = plan({ replicas: 'order=3' }).filter((p) => p.entry.name === 'order');
    expect(replicas.map((p) => [p.instance, p.wantedPort])).toEqual([
      ['order', 50_053],
      ['order-2', 0],
      ['order-3', 0],
    ]);
  });
});

describe('VERSION', () => {
  it('is the version of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as object;
    expect(manifest).toMatchObject({ version: VERSION });
  });
});

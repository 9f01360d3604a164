import { PassThrough } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { getLiveConfig, setLiveConfig, unsetLiveConfig } from '../../../src/cli/live-config/run-live-config.ts';
import { createEmbeddedEtcd, type EmbeddedEtcd } from '../../../src/embedded/etcd/index.ts';

describe('tradewind settings and service-config', () => {
  let etcd: EmbeddedEtcd;
  let written: string;

  beforeEach(async () => {
    etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    written = '';
  });
  afterEach(async () => etcd[Symbol.asyncDispose]());

  const host = () => ({
    environment: {},
    write: (text: string) => void (written += text),
    stdin: new PassThrough(),
    signal: new AbortController().signal,
  });
  const order = (process = 'order') => ({ process, etcd: etcd.address, home: '/nowhere' });

  it('write what was checked, print it, and take it away', async () => {
    const json = '{"logLevel":"debug","shedding":{"targetDelayMs":50}}';
    await setLiveConfig('settings', { ...order(), json }, host());
    await getLiveConfig('settings', order(), host());
    await getLiveConfig('service-config', order(), host());
    await unsetLiveConfig('settings', order(), host());
    await getLiveConfig('settings', order(), host());
    expect(written.split('\n')).toEqual([
      'Written for order, of which no instance is registered.',
      json,
      'Nothing is written: order has its defaults.',
      'Taken away: order has its defaults.',
      'Nothing is written: order has its defaults.',
      '',
    ]);
  });

  it('write nothing that the process would refuse, and name every wrong field', async () => {
    const settings = { ...order(), json: '{"logLevel":"loud","limits":{"perCaller":{"burst":0}}}' };
    await expect(setLiveConfig('settings', settings, host())).rejects.toThrow(
      /nothing was written.*logLevel: must be one of.*limits\.perCaller\.burst: must be a whole number/s,
    );
    const config = { ...order(), json: '{"panicBelow":2}' };
    await expect(setLiveConfig('service-config', config, host())).rejects.toThrow(/panicBelow: must be from 0 to 1/);
    await getLiveConfig('settings', order(), host());
    expect(written).toBe('Nothing is written: order has its defaults.\n');
  });

  it('take no name that cannot be one of a process', async () => {
    await expect(getLiveConfig('settings', order('../services/order'), host())).rejects.toThrow(/no name of a process/);
  });
});

import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { AppError } from '../../../src/chassis/core/index.ts';
import { createEventBus, createTaskQueue } from '../../../src/chassis/in-process/index.ts';
import { defineService, startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import { eventually } from '../../support/eventually.ts';

/** A process with a queue of one place and a bus with one subscriber. */
async function startProcess(environment: Readonly<Record<string, string>> = {}) {
  const lines: Record<string, unknown>[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>);
      done();
    },
  });
  const queue = createTaskQueue({ name: 'letters', maxConcurrent: 1, backlog: { advice: 'Write faster.' } });
  const bus = createEventBus<{ 'thing.made': object }>({ source: 'demo' });
  bus.subscribe({ name: 'listener', handlers: { 'thing.made': async () => undefined } });
  const service = await startService(
    defineService({ name: 'demo', wire: async () => ({ grpc: [], inProcess: [queue, bus] }) }),
    { SHUTDOWN_GRACE_MS: '0', PAGE_TOKEN_SECRET: 'test', ...environment },
    { registry: createStaticRegistry([]), logTo },
  );
  const get = async (path: string) => (await fetch(`http://${service.http}${path}`)).text();
  return { service, queue, bus, lines, get };
}

describe('the queues and buses of a process', () => {
  it('are measured, shown among the backlogs, and their dead letters logged', async () => {
    const { service, queue, bus, lines, get } = await startProcess();
    try {
      const error = new AppError({ status: 'INVALID_ARGUMENT', reason: 'NO_ADDRESS', message: 'nobody lives there' });
      await queue.post(() => Promise.reject(error), { key: 'k', label: 'letter' });
      await bus.publish({ type: 'thing.made', aggregateType: 'thing', aggregateId: '1', data: {} });
      const log = await eventually(() => {
        const line = lines.find(({ msg }) => msg === 'a task is given up');
        if (line === undefined) throw new Error('not logged');
        return line;
      });
      expect(log).toMatchObject({ level: 'error', queue: 'letters', key: 'k', label: 'letter', attempts: 1 });
      expect(log['err']).toMatchObject({ message: 'nobody lives there' });

      let end = () => {};
      const slow = queue.submit(() => new Promise<void>((resolve) => (end = resolve)));
      const behind = queue.submit(async () => 'done');
      expect(JSON.parse(await get('/backlogs'))).toMatchObject({
        backlogs: [
          { name: 'letters', advice: 'Write faster.', kind: 'measured', count: 1, oldestSeconds: expect.any(Number) },
          { name: 'listener', kind: 'measured', count: 0 },
        ],
      });
      const metrics = await get('/metrics');
      const labels = `process="demo",instance="${service.instance}"`;
      for (const line of [
        `tradewind_tasks{queue="letters",state="running",${labels}} 1`,
        `tradewind_tasks{queue="letters",state="queued",${labels}} 1`,
        `tradewind_tasks{queue="listener",state="running",${labels}} 0`,
        `tradewind_task_duration_seconds_count{queue="letters",outcome="failed",${labels}} 1`,
        `tradewind_task_duration_seconds_count{queue="listener",outcome="done",${labels}} 1`,
      ]) {
        expect(metrics.split('\n')).toContain(line);
      }
      end();
      await Promise.all([slow, behind]);
    } finally {
      await service.stop();
    }
  });

  it('are closed when it ends: what there is time for is done, and the rest is said', async () => {
    const { service, queue, lines } = await startProcess({ DRAIN_TIMEOUT_MS: '100' });
    const written: string[] = [];
    await queue.post(async () => void written.push('first'));
    await queue.post(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)), {
      label: 'slow',
    });
    await queue.post(async () => void written.push('behind'), { label: 'behind', key: 'b' });
    await service.stop();
    expect(written).toEqual(['first']);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: 'tasks were left at the end',
        queue: 'letters',
        left: 2,
        first: [
          { label: 'slow', attempts: 1, wasRunning: true },
          { label: 'behind', key: 'b', attempts: 0, wasRunning: false },
        ],
      }),
    );
    await expect(queue.post(async () => undefined)).rejects.toMatchObject({ reason: 'QUEUE_CLOSED' });
  });
});

import { PassThrough } from 'node:stream';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { runActOnLetters } from '../../../src/cli/events/act-on-letters.ts';
import { runEventsActions } from '../../../src/cli/events/actions.ts';
import { runListLetters, runShowLetter } from '../../../src/cli/events/dead-letters.ts';
import { runEventsLag } from '../../../src/cli/events/lag.ts';
import { runEventsReplay, runEventsSkip } from '../../../src/cli/events/move.ts';
import { runEventsParked, runEventsRetry } from '../../../src/cli/events/parked.ts';
import { runEventsPause } from '../../../src/cli/events/pause.ts';
import { runEventsRefill } from '../../../src/cli/events/refill.ts';
import { runEventsTail } from '../../../src/cli/events/tail.ts';
import { brokenThing, moved, startDesk, type Desk } from '../../support/events/desk.ts';
import { eventually } from '../../support/eventually.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
});

const suite = () => ({ etcd: desk.etcd, home: '/nowhere' });
const reason = 'a test';

/** Runs a command and gives what it printed; `answer` is what a person at the terminal types. */
async function printed<Command>(
  run: (command: Command & ReturnType<typeof suite>, host: ReturnType<typeof hostOf>) => Promise<unknown>,
  command: Command,
  answer?: string,
): Promise<string> {
  let text = '';
  await run(
    { ...suite(), ...command },
    hostOf((more) => (text += more), answer),
  );
  return text;
}

function hostOf(write: (text: string) => void, answer?: string, signal = new AbortController().signal) {
  const stdin = Object.assign(new PassThrough(), answer === undefined ? {} : { isTTY: true });
  if (answer !== undefined) stdin.end(`${answer}\n`);
  return { environment: {}, write, stdin, signal };
}

const mover = { process: 'desk', consumer: 'mover' };

/** A letter of a new thing. */
async function deadLetter(): Promise<{ readonly thing: string; readonly id: string }> {
  const thing = brokenThing(desk);
  await desk.write(moved(thing));
  let id = '';
  await eventually(async () => {
    const line = await printed(runListLetters, { aggregate: thing, limit: 5, json: true });
    id = (JSON.parse(line) as { id: string }).id;
  });
  return { thing, id };
}

describe('tradewind events', () => {
  it('lag shows every consumer of the suite, and partitions where they are asked for', async () => {
    await eventually(async () => {
      const lines = (await printed(runEventsLag, {})).split('\n');
      expect(lines[0]?.split(/\s+/)).toEqual([
        'process',
        'consumer',
        'reads',
        'members',
        'behind',
        'for',
        'parked',
        'dead',
        'state',
      ]);
      expect(lines[1]?.split(/\s+/)).toEqual(['desk', 'mover', 'desk', '1', '0', '0', '0', 'reading']);
    });
    expect(await printed(runEventsLag, { process: 'desk', partitions: true })).toMatch(
      /partition 7 +\d+ +\d+ +0 +desk-1/,
    );
    expect(JSON.parse(await printed(runEventsLag, { json: true }))).toMatchObject({ process: 'desk', name: 'mover' });
  });

  it('dead-letters lists, shows, redrives and discards', async () => {
    const [first, second] = [await deadLetter(), await deadLetter()];
    const listed = await printed(runListLetters, { consumer: 'mover', limit: 50 });
    expect(listed).toContain(first.id);
    expect(listed).toContain('THING_UNKNOWN');
    expect(await printed(runListLetters, { limit: 1 })).toContain('There are more: raise --limit.');
    const shown = await printed(runShowLetter, { process: 'desk', id: first.id });
    expect(shown).toContain(`aggregate  thing/${first.thing} #1`);
    expect(shown).toContain('INVALID_ARGUMENT (THING_UNKNOWN): there is no such thing');
    expect(shown).toContain('"number": 1');
    expect(shown).toContain('at '); // of the stack

    const act = { process: 'desk', ids: [first.id], reason };
    expect(await printed(runActOnLetters, { ...act, action: 'redrive' as const })).toContain('1 failed again.');
    desk.broken.delete(first.thing);
    expect(await printed(runActOnLetters, { ...act, action: 'redrive' as const })).toContain('1 took effect.');
    expect(await printed(runActOnLetters, { ...act, action: 'redrive' as const })).toContain('1 not there.');

    const all = { process: 'desk', ids: [], all: true, aggregate: `thing/${second.thing}`, reason };
    await expect(printed(runActOnLetters, { ...all, action: 'discard' as const })).rejects.toThrow('pass --yes');
    expect(await printed(runActOnLetters, { ...all, action: 'discard' as const }, 'n')).toContain('Nothing was done.');
    expect(await printed(runActOnLetters, { ...all, action: 'discard' as const }, 'y')).toContain('1 discarded.');
    expect(await printed(runListLetters, { limit: 5 })).toBe('No dead letter matches.\n');
  });

  it('refuses ids beside a filter, and neither of them', async () => {
    const act = { process: 'desk', action: 'redrive' as const, reason };
    await expect(printed(runActOnLetters, { ...act, ids: ['x'], all: true })).rejects.toThrow('not both');
    await expect(printed(runActOnLetters, { ...act, ids: [] })).rejects.toThrow('pass --all');
  });

  it('parked shows what waits and why, and retry has it tried now', async () => {
    const thing = brokenThing(desk, () => new Error('the mail server is away'));
    await desk.consumers.pauseConsumer({ consumer: 'mover', reason });
    await desk.write(moved(thing));
    await desk.database.execute({
      name: 'park',
      text: `INSERT INTO parked_event (consumer, source, position, partition, event_id, type, aggregate_type, aggregate_id,
               sequence, data, event_time, attempts, last_error, due_time)
             SELECT 'mover', 'desk', position, 0, event_id, type, aggregate_type, aggregate_id, sequence, payload, event_time, 1,
               '{"status":"INTERNAL","reason":"INTERNAL","message":"the mail server is away","stack":""}',
               clock_timestamp() + interval '1 hour'
             FROM outbox WHERE aggregate_id = '${thing}'`,
    });
    const listed = await printed(runEventsParked, { process: 'desk', limit: 5 });
    expect(listed).toContain('the mail');
    expect(listed).toMatch(/in (59m|3[56]\d\ds|1h)/);
    desk.broken.delete(thing);
    expect(await printed(runEventsRetry, { ...mover, aggregate: `thing/${thing}`, reason })).toBe(
      '1 parked event is due now.\n',
    );
    await printed(runEventsPause, { ...mover, action: 'resume' as const, reason });
    await eventually(async () => expect(await printed(runEventsParked, { limit: 5 })).toBe('No event is parked.\n'));
  });

  it('pause and resume say what they did, and lag who paused', async () => {
    const text = await printed(runEventsPause, { ...mover, action: 'pause' as const, reason: 'a release' });
    expect(text).toBe('mover is paused until it is resumed.\n');
    expect(await printed(runEventsLag, {})).toContain('paused by internal: a release');
    expect(await printed(runEventsPause, { ...mover, action: 'resume' as const, reason })).toBe('mover goes on.\n');
  });

  it('replay and skip move positions, and ask before what cannot be taken back', async () => {
    await desk.write(moved('replayed'));
    await eventually(async () => expect(await printed(runEventsLag, {})).toMatch(/ 0 +0 +0 +reading/));
    await expect(printed(runEventsReplay, { ...mover, reason })).rejects.toThrow('--after <position>');
    await expect(printed(runEventsReplay, { ...mover, after: 0n, again: true, reason })).rejects.toThrow('pass --yes');
    const count = (await desk.effects()).length;
    expect(await printed(runEventsReplay, { ...mover, after: 0n, reason })).toMatch(/partition +from +to/);
    await expect(printed(runEventsSkip, { ...mover, toNewest: true, reason })).rejects.toThrow('pass --yes');
    await expect(printed(runEventsSkip, { ...mover, to: 1n, toNewest: true, reason, yes: true })).rejects.toThrow(
      'up to where',
    );
    await printed(runEventsSkip, { ...mover, toNewest: true, reason }, 'y');
    expect(await desk.effects()).toHaveLength(count);
    expect(await printed(runEventsActions, { limit: 3 })).toMatch(/mover +skip +internal +a test[^]*mover +replay/);
  });

  it('tail shows the latest events by type and aggregate, and goes on with what happens', async () => {
    await desk.write(moved('t'), { ...moved('t', 2), type: 'thing.painted' }, moved('u'));
    const all = await printed(runEventsTail, { source: 'desk', lines: 3 });
    expect(all.trimEnd().split('\n')).toHaveLength(3);
    expect(all).toMatch(/thing\.moved {2}thing\/t #1 {2}\{"number": 1\}/);
    expect(await printed(runEventsTail, { source: 'desk', lines: 3, type: ['thing.painted'] })).toMatch(
      /^[^\n]*painted[^\n]*\n$/,
    );
    const json = await printed(runEventsTail, {
      source: 'desk',
      after: 0n,
      lines: 1,
      aggregate: 'thing/u',
      json: true,
    });
    expect(JSON.parse(json)).toMatchObject({ type: 'thing.moved', aggregateId: 'u' });

    let text = '';
    const stop = new AbortController();
    const command = { ...suite(), source: 'desk', lines: 1, aggregate: 'followed', follow: true };
    const following = runEventsTail(
      command,
      hostOf((more) => (text += more), undefined, stop.signal),
    );
    await desk.write(moved('followed'));
    await eventually(() => expect(text).toContain('thing/followed #1'));
    await desk.write(moved('followed', 2), moved('other'));
    await eventually(() => expect(text).toContain('thing/followed #2'));
    stop.abort();
    await Promise.allSettled([following]); // the command line takes no notice of what Ctrl-C cut off
    expect(text.trimEnd().split('\n')).toHaveLength(2);
  });

  it('refill says that there is no broker where there is none', async () => {
    await expect(printed(runEventsRefill, { source: 'desk', after: 0n })).rejects.toMatchObject({
      reason: 'NO_BROKER',
    });
  });
});

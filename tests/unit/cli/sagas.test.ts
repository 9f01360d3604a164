import { PassThrough } from 'node:stream';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';

import {
  BulkCommandResult,
  GetSagaResponse,
  Saga,
  SagaCommand,
  SagaCommandOutcome,
  SagaCount,
  SagaDirection,
  SagaHistoryKind,
  SagaServiceDefinition,
  SagaState,
  SagaStepKind,
  SagaStepState,
  WatchSagasResponse,
  type BulkCommandSagasRequest,
  type ListSagasRequest,
  type SagaServiceImplementation,
} from '../../../gen/tradewind/order/v1/saga.ts';
import { loadContract } from '../../../src/chassis/contract/index.ts';
import { AppError, currentCall } from '../../../src/chassis/core/index.ts';
import { bind, createServer, type Server } from '../../../src/chassis/server/index.ts';
import type { CommandHost } from '../../../src/cli/call.ts';
import { addSagaCommands } from '../../../src/cli/sagas/commands.ts';
import { countTable, sagaTable } from '../../../src/cli/sagas/list.ts';
import { sagaText } from '../../../src/cli/sagas/show.ts';
import { watchLine } from '../../../src/cli/sagas/watch.ts';

const ID = '01890000-0000-7000-8000-00000000000a';
const OTHER = '01890000-0000-7000-8000-00000000000b';
const ORDER = '01890000-0000-7000-8000-0000000000aa';
const START = new Date('2026-11-28T17:00:00.000Z');
const NOW = START.getTime() + 12 * 60_000;
const at = (ms: number) => new Date(START.getTime() + ms);

const PARKED = Saga.fromPartial({
  ...{ id: ID, name: 'checkout', version: 1, orderId: ORDER, state: SagaState.SAGA_STATE_PARKED },
  ...{ direction: SagaDirection.SAGA_DIRECTION_BACKWARD, currentStep: 'authorize-payment' },
  ...{ currentSteps: ['authorize-payment'], reason: 'PROVIDER_DOWN', message: 'the provider is down' },
  ...{ createTime: START, updateTime: at(60_000), parkTime: at(60_000), deadline: at(120_000), etag: 'v9' },
  steps: [
    {
      ...{ name: 'authorize-payment', kind: SagaStepKind.SAGA_STEP_KIND_COMPENSATABLE },
      ...{ state: SagaStepState.SAGA_STEP_STATE_COMPENSATING, attemptCount: 1, compensationAttemptCount: 30 },
      lastError: { status: 'UNAVAILABLE', reason: 'PROVIDER_DOWN', message: 'x'.repeat(200) },
    },
  ],
});

/** The order process as far as the command line looks: what it is asked is kept, what it answers is decided by the test. */
interface Asked {
  lists: ListSagasRequest[];
  bulk: BulkCommandSagasRequest[];
  authorizations: (string | undefined)[];
}

let server: Server;
let address: string;
let asked: Asked;
let outcomeOf: (sagaId: string) => SagaCommandOutcome;
let matching: readonly string[];

beforeAll(async () => {
  const absent = () => Promise.reject(new AppError({ status: 'UNIMPLEMENTED', reason: 'ABSENT', message: 'absent' }));
  const names = Object.keys(SagaServiceDefinition.methods);
  server = createServer({
    process: 'order',
    contract: await loadContract(),
    verify: async (token) => ({ userId: token, roles: ['admin'] }),
    services: [
      bind(SagaServiceDefinition, {
        ...(Object.fromEntries(names.map((name) => [name, absent])) as unknown as SagaServiceImplementation),
        async listSagas(request) {
          asked.lists.push(request);
          asked.authorizations.push(currentCall()?.authorization);
          const first = request.pageToken === '';
          return { sagas: [first ? PARKED : { ...PARKED, id: OTHER }], nextPageToken: first ? 'more' : '' };
        },
        async getSaga({ sagaId }) {
          if (sagaId === ORDER) {
            throw new AppError({ status: 'NOT_FOUND', reason: 'SAGA_NOT_FOUND', message: 'no such saga' });
          }
          return { saga: PARKED, history: [], omittedCount: 0 };
        },
        async bulkCommandSagas(request) {
          asked.bulk.push(request);
          const named = request.target?.$case === 'ids' ? request.target.value.sagaIds : [];
          const seen = request.target?.$case === 'filter' ? request.target.value.sagaIds : [];
          const ids = named.length > 0 ? named : matching.filter((id) => seen.length === 0 || seen.includes(id));
          return {
            results: ids.map((sagaId) =>
              BulkCommandResult.fromPartial({
                ...{ sagaId, orderId: ORDER, outcome: outcomeOf(sagaId), state: PARKED.state, currentStep: 'notify' },
                ...(outcomeOf(sagaId) === REFUSED && { error: { reason: 'SAGA_FINISHED', message: 'it is over' } }),
              }),
            ),
            ...{ nextPageToken: '', doneCount: 0, unchangedCount: 0, refusedCount: 0, movedOnCount: 0 },
          };
        },
      }),
    ],
  });
  address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  server.health.set('serving');
});
beforeEach(() => {
  asked = { lists: [], bulk: [], authorizations: [] };
  outcomeOf = () => DONE;
  matching = [ID, OTHER];
  process.exitCode = undefined;
});
afterAll(async () => {
  await server.close();
  process.exitCode = undefined;
});

const { SAGA_COMMAND_OUTCOME_DONE: DONE, SAGA_COMMAND_OUTCOME_REFUSED: REFUSED } = SagaCommandOutcome;

/** Runs `tradewind sagas ...` as a person types it; `typed` is what a person at a terminal answers. */
async function sagas(args: readonly string[], rest: { readonly typed?: string; readonly environment?: object } = {}) {
  let out = '';
  const stdin = Object.assign(new PassThrough(), { isTTY: rest.typed !== undefined });
  if (rest.typed !== undefined) stdin.end(`${rest.typed}\n`);
  const host: CommandHost = {
    environment: { ...rest.environment },
    stdin,
    write: (text) => (out += text),
    signal: new AbortController().signal,
  };
  const program = new Command('tradewind').exitOverride().configureOutput({ writeErr: () => undefined });
  addSagaCommands(program, (work) => work(host));
  for (const command of program.commands.flatMap(({ commands }) => commands)) command.copyInheritedSettings(program);
  await program.parseAsync(['sagas', ...args, '--address', address], { from: 'user' });
  return out;
}

describe('tradewind sagas list', () => {
  it('asks for what its options say, page by page until the limit', async () => {
    const out = await sagas(
      `list --state parked,running --older-than 10m --idle-for 90s --parked-for 2h --step notify --reason X --limit 2`.split(
        ' ',
      ),
    );
    expect(asked.lists).toMatchObject([
      {
        states: [SagaState.SAGA_STATE_PARKED, SagaState.SAGA_STATE_RUNNING],
        ...{ minAgeSeconds: 600n, minIdleSeconds: 90n, minParkedSeconds: 7_200n, step: 'notify', reason: 'X' },
        ...{ pageSize: 2, pageToken: '', orderBy: 'create_time' },
      },
      { pageSize: 1, pageToken: 'more' },
    ]);
    expect(out).toContain(ID);
    expect(out).toContain(OTHER);
  });

  it('asks for those that are not over unless told otherwise, and says when there are more', async () => {
    expect(await sagas(['list', '--limit', '1'])).toMatch(/There are more/);
    expect(asked.lists[0]?.states).toHaveLength(3);
    await sagas(['list', '--limit', '1', '--state', 'all', '--newest']);
    expect(asked.lists[1]?.states).toHaveLength(5);
    expect(asked.lists[1]?.orderBy).toBe('create_time desc');
  });

  it('prints one JSON object a line', async () => {
    const lines = (await sagas(['list', '--json', '--limit', '2'])).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([ID, OTHER]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      state: 'SAGA_STATE_PARKED',
      parkTime: '2026-11-28T17:01:00.000Z',
    });
  });

  it('sends a token, of the option or of the environment, and none without', async () => {
    await sagas(['list', '--limit', '1']);
    await sagas(['list', '--limit', '1'], { environment: { TRADEWIND_TOKEN: 'from-the-environment' } });
    await sagas(['list', '--limit', '1', '--token', 'own'], { environment: { TRADEWIND_TOKEN: 'other' } });
    const [none, ofEnvironment, own] = asked.authorizations;
    expect(none).toBeUndefined();
    expect(ofEnvironment).toContain('from-the-environment');
    expect(own).toContain('own');
  });

  it.each([
    [['list', '--state', 'stuck'], /--state: "stuck" is none of running, compensating/],
    [['list', '--older-than', '10'], /number with its unit/],
    [['list', '--limit', '0'], /whole number above 0/],
    [['park', ID], /--reason/],
    [['park', '--reason', 'x'], /name sagas by their ids, or pass --all/],
    [['park', ID, '--all', '--reason', 'x'], /not both/],
    [['park', ID, '--name', 'checkout', '--reason', 'x'], /not both/],
    [['skip', ID, '--reason', 'x'], /--step: name the step/],
    [['park', '--all', '--reason', 'x'], /nobody to ask: pass --yes/],
    [['park', '--all', '--reason', 'x', '--json'], /nobody to ask: pass --yes/],
  ])('names what is wrong with %j', async (args, message) => {
    await expect(sagas(args)).rejects.toThrow(message);
    expect(asked.bulk).toEqual([]);
  });
});

describe('tradewind sagas show', () => {
  it('finds every saga of an order by its id', async () => {
    const out = await sagas(['show', ORDER]);
    expect(asked.lists).toMatchObject([{ orderId: ORDER }]);
    expect(out).toContain(`saga      ${ID}  checkout version 1`);
  });
});

describe('tradewind sagas park, retry, skip, compensate, resume', () => {
  it('commands those that are named, each once', async () => {
    const out = await sagas(['skip', ID, OTHER, ID, '--step', 'notify', '--reason', 'told by phone']);
    expect(asked.bulk).toMatchObject([
      {
        target: { $case: 'ids', value: { sagaIds: [ID, OTHER] } },
        ...{ command: SagaCommand.SAGA_COMMAND_SKIP_STEP, step: 'notify', reason: 'told by phone', dryRun: false },
      },
    ]);
    expect(out).toMatch(/2 done\.\n$/);
    expect(process.exitCode).toBeUndefined();
  });

  it('says why one refused, and ends with code 2', async () => {
    outcomeOf = (id) => (id === OTHER ? REFUSED : DONE);
    const out = await sagas(['retry', ID, OTHER, '--reason', 'now']);
    expect(out).toMatch(/refused +SAGA_FINISHED: it is over/);
    expect(out).toMatch(/1 done, 1 refused\.\n$/);
    expect(process.exitCode).toBe(2);
  });

  it('shows all that match, asks, and commands only those it has shown', async () => {
    outcomeOf = (id) => (id === OTHER ? REFUSED : DONE);
    const out = await sagas(['compensate', '--all', '--because', 'PROVIDER_DOWN', '--reason', 'enough'], {
      typed: 'y',
    });
    expect(out).toMatch(/1 to do, 1 refused\. Nothing was changed yet\.\ncompensate 1 saga\? \[y\/N\] /);
    expect(asked.bulk).toMatchObject([
      { dryRun: true, target: { $case: 'filter', value: { reason: 'PROVIDER_DOWN', sagaIds: [] } }, reason: 'enough' },
      {
        dryRun: false,
        target: { $case: 'filter', value: { reason: 'PROVIDER_DOWN', sagaIds: [ID] } },
        reason: 'enough',
      },
    ]);
  });

  it.each(['n', ''])('does nothing when the answer is "%s"', async (typed) => {
    expect(await sagas(['park', '--all', '--reason', 'x'], { typed })).toMatch(/Nothing was done\.\n$/);
    expect(asked.bulk).toHaveLength(1);
  });

  it('does not ask with --yes, nor with --dry-run, which changes nothing', async () => {
    await sagas(['park', '--all', '--reason', 'x', '--yes']);
    await sagas(['park', '--all', '--reason', 'x', '--dry-run']);
    expect(asked.bulk.map(({ dryRun }) => dryRun)).toEqual([false, true]);
  });

  it('filters by the step that is to be skipped', async () => {
    await sagas(['skip', '--all', '--step', 'notify', '--reason', 'x', '--yes']);
    expect(asked.bulk).toMatchObject([{ step: 'notify', target: { value: { step: 'notify' } } }]);
  });
});

describe('what tradewind sagas prints', () => {
  it('fits 120 columns, whatever is in it', () => {
    const long = Saga.fromPartial({
      ...PARKED,
      name: 'n'.repeat(60),
      reason: 'R'.repeat(100),
      currentSteps: ['s'.repeat(64)],
    });
    const count = SagaCount.fromPartial({ ...long, count: 3n, step: 's'.repeat(64), oldestParkTime: START });
    const texts = [sagaTable([PARKED, long], NOW), countTable([count], NOW)];
    for (const line of texts.join('').split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    expect(texts[0]).toContain('12m');
    expect(sagaTable([PARKED], NOW)).toMatch(/authorize-payment +12m +11m +PROVIDER_DOWN\n/);
    expect(sagaTable([], NOW)).toBe('No saga matches.\n');
  });

  it('tells a saga as facts, steps and a timeline with attempts, errors and who did what', () => {
    const error = { status: 'UNAVAILABLE', reason: 'PROVIDER_DOWN', domain: 'payment.tradewind', message: 'down' };
    const undo = { direction: SagaDirection.SAGA_DIRECTION_BACKWARD, step: 'authorize-payment' };
    const text = sagaText(
      GetSagaResponse.fromPartial({
        saga: PARKED,
        omittedCount: 7,
        history: [
          { kind: SagaHistoryKind.SAGA_HISTORY_KIND_STARTED, entryTime: START },
          {
            ...undo,
            kind: SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_STARTED,
            attempt: 30,
            entryTime: at(100),
            instance: 'order-1',
          },
          { ...undo, kind: SagaHistoryKind.SAGA_HISTORY_KIND_ATTEMPT_FAILED, attempt: 30, error, entryTime: at(1_600) },
          { ...undo, kind: SagaHistoryKind.SAGA_HISTORY_KIND_PARKED, error, entryTime: at(1_600) },
          {
            ...undo,
            kind: SagaHistoryKind.SAGA_HISTORY_KIND_RETRIED,
            actor: 'ada',
            note: 'it is back',
            entryTime: at(400_000),
          },
        ],
      }),
      NOW,
    );
    expect(text).toContain('state     parked, going back, at authorize-payment\n');
    expect(text).toContain('reason    PROVIDER_DOWN: the provider is down\n');
    expect(text).toContain('parked    2026-11-28 17:01:00.000 (11m ago)\n');
    expect(text).toMatch(/authorize-payment +compensatable +compensating +1 +30 +UNAVAILABLE \(PROVIDER_DOWN\): x+…\n/);
    expect(text.slice(text.indexOf('7 older'))).toBe(
      [
        '7 older entries are not shown.',
        '2026-11-28',
        '17:00:00.000            started',
        '17:00:00.100    +100ms  undo authorize-payment: attempt 30  [order-1]',
        '17:00:01.600     +1.5s  undo authorize-payment: attempt 30 failed, UNAVAILABLE (PROVIDER_DOWN): down',
        '17:00:01.600      +0ms  parked at undo authorize-payment, UNAVAILABLE (PROVIDER_DOWN): down',
        '17:06:40.000       +6m  undo authorize-payment: retried  [by ada "it is back"]',
        '',
      ].join('\n'),
    );
  });

  it('tells a change as one line, with the state after it', () => {
    const entry = {
      ...{ kind: SagaHistoryKind.SAGA_HISTORY_KIND_PARKED, step: 'notify', actor: 'ada', note: 'wait' },
      ...{ direction: SagaDirection.SAGA_DIRECTION_FORWARD, entryTime: START, state: SagaState.SAGA_STATE_PARKED },
    };
    expect(watchLine(WatchSagasResponse.fromPartial({ entry, saga: PARKED }))).toBe(
      `17:00:00.000  ${ID}  checkout  parked at notify  (parked)  [by ada "wait"]\n`,
    );
  });
});

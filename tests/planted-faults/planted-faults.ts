/** A known-wrong change of the sources, and the tests of which at least one must fail with it. */
export interface PlantedFault {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Test files, the smallest set that is enough. */
  readonly caughtBy: readonly string[];
}

/** One exact change of one file. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
}

const PARTICIPANT_TEST = 'tests/component/participant/participant.test.ts';
const SAFETY_TEST = 'tests/component/saga/saga-safety.test.ts';
const CONSUMER_TEST = 'tests/component/events/consumer.test.ts';
const TAKEOVER_TEST = 'tests/component/saga/saga-takeover.test.ts';

/** The faults that would cost money, stock or promises, each as somebody might make it. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'an outbox insert dropped',
    edits: [
      {
        file: 'src/chassis/participant/sql/carry-out.sql',
        find: 'WHERE done.type IS NOT NULL\n',
        put: 'WHERE done.type IS NULL\n',
      },
    ],
    caughtBy: [PARTICIPANT_TEST],
  },
  {
    name: 'a capture sent without its idempotency key',
    edits: [
      {
        file: 'src/services/payment/provider-client.ts',
        find: '/capture`, key, { amount: Number(minor) });',
        put: '/capture`, `${key}-${performance.now()}`, { amount: Number(minor) });',
      },
    ],
    caughtBy: ['tests/component/payment/faults.test.ts'],
  },
  {
    name: 'stock released twice',
    edits: [
      {
        file: 'src/services/product/domain/reservation.ts',
        find: `    case 'EXPIRED':
    case 'RELEASED':
    case 'TOMBSTONED':
      return { moves: [], state: reservation.state };`,
        put: `    case 'RELEASED':
      return { moves: ['RELEASED'], state: 'RELEASED' };
    case 'EXPIRED':
    case 'TOMBSTONED':
      return { moves: [], state: reservation.state };`,
      },
    ],
    caughtBy: ['tests/component/product/inventory.test.ts'],
  },
  {
    name: 'an answer before the commit',
    edits: [
      {
        file: 'src/chassis/participant/participant.ts',
        find: 'return database.transaction((tx) => idempotently(tx, record, () => carryOut(tx, command)));',
        put: `return new Promise<Response>((answer, fail) => {
      const work = async (tx: Queryable) => answer(await idempotently(tx, record, () => carryOut(tx, command)));
      database.transaction(work).catch(fail);
    });`,
      },
    ],
    caughtBy: [PARTICIPANT_TEST],
  },
  {
    name: 'the fencing check removed',
    edits: [
      {
        file: 'src/chassis/saga/sql/record-transitions.sql',
        find: '    AND saga.id = change.id AND saga.claim_token = change.claim_token AND saga.revision = change.revision\n',
        put: '    AND saga.id = change.id\n',
      },
    ],
    caughtBy: [TAKEOVER_TEST],
  },
  {
    name: 'the record of a command not in the transaction of its effect',
    edits: [
      {
        file: 'src/chassis/participant/participant.ts',
        find: 'return database.transaction((tx) => idempotently(tx, record, () => carryOut(tx, command)));',
        put: 'return idempotently(database, record, () => database.transaction((tx) => carryOut(tx, command)));',
      },
    ],
    caughtBy: [PARTICIPANT_TEST],
  },
  {
    name: 'the request not compared with the first one under its key',
    edits: [
      {
        file: 'src/chassis/store/idempotency.ts',
        find: 'if (!row.request_hash.equals(hash)) {',
        put: 'if (row.request_hash.length !== hash.length) {',
      },
    ],
    caughtBy: [PARTICIPANT_TEST],
  },
  {
    name: 'no tombstone left by an undo',
    edits: [
      {
        file: 'src/chassis/store/undo.ts',
        find: "  await tx.execute(storeStatements()['tombstone-leave'], [original.kind, names]);\n",
        put: '',
      },
    ],
    caughtBy: ['tests/component/store/undo.test.ts'],
  },
  {
    name: "the pivot's start not durable before it is called",
    edits: [
      {
        file: 'src/chassis/saga/execution.ts',
        find: "return next.kind === 'RUNNING' && next.step === definition.pivotIndex && isLive(from) && from.step !== next.step;",
        put: 'return false;',
      },
    ],
    caughtBy: [SAFETY_TEST],
  },
  {
    name: "a heartbeat that extends somebody else's claims",
    edits: [
      {
        file: 'src/chassis/saga/sql/extend-claims.sql',
        find: `  WHERE saga.id = ANY ($3::uuid[]) AND saga.claim_token = asked.claim_token AND saga.claim_owner = $1::text
), free AS`,
        put: `  WHERE saga.id = ANY ($3::uuid[]) AND ($1::text, asked.claim_token) IS NOT NULL
), free AS`,
      },
      {
        file: 'src/chassis/saga/sql/extend-claims.sql',
        find: `  WHERE saga.id = ANY ($3::uuid[]) AND saga.claim_token = asked.claim_token AND saga.claim_owner = $1::text
  FOR UPDATE`,
        put: `  WHERE saga.id = ANY ($3::uuid[])
  FOR UPDATE`,
      },
    ],
    caughtBy: [SAFETY_TEST],
  },
  {
    name: 'a capture booked with one side missing',
    edits: [
      {
        file: 'src/services/payment/domain/transition.ts',
        find: "      { kind: 'RELEASE', minor: payment.amount, providerReference: payment.providerReference },\n",
        put: '',
      },
    ],
    caughtBy: ['tests/component/payment/life.test.ts'],
  },
  {
    name: 'undoing without the step that may have happened',
    edits: [
      {
        file: 'src/chassis/saga/decide.ts',
        find: 'const untouched = state.ambiguous ? [] : pendingSteps',
        put: 'const untouched = pendingSteps',
      },
    ],
    caughtBy: ['tests/component/saga/saga-engine.test.ts'],
  },
  {
    name: 'a breaker that counts results from before it opened',
    edits: [
      {
        file: 'src/chassis/resilience/classic-breaker.ts',
        find: '      if (ofGeneration !== generation) return;\n',
        put: '',
      },
    ],
    caughtBy: ['tests/unit/chassis/resilience/properties/classic-breaker.test.ts'],
  },
  {
    name: 'a bulkhead that gives a place to who has left its queue',
    edits: [
      {
        file: 'src/chassis/resilience/bulkhead.ts',
        find: 'const giveUp = () => {\n        leaveQueue();\n',
        put: 'const giveUp = () => {\n',
      },
    ],
    caughtBy: ['tests/unit/chassis/resilience/properties/bulkhead.test.ts'],
  },
  {
    name: 'a provider asked on while it is behind a black hole',
    edits: [
      {
        file: 'src/chassis/outbound/http-exchange.ts',
        find: 'return await guard.policyOf(`${method} ${route}`).execute(ask, context);',
        put: 'return await ask();',
      },
    ],
    caughtBy: ['tests/component/payment/black-hole.test.ts'],
  },
  {
    name: 'a position moved without its claim',
    edits: [
      {
        file: 'src/chassis/events/consumer/sql/receive-events.sql',
        find: '    AND inbox_partition.owner = $3 AND inbox_partition.token = asked.token\n',
        put: '    AND ($3 = $3 OR asked.token = asked.token)\n',
      },
    ],
    caughtBy: [CONSUMER_TEST],
  },
  {
    name: 'a position moved before the effect',
    edits: [
      {
        file: 'src/chassis/events/consumer/take-effect.ts',
        find: 'await inbox.receive(tx, batch.moved, batch.events)',
        put: 'await inbox.receive(database, batch.moved, batch.events)',
      },
    ],
    caughtBy: [CONSUMER_TEST],
  },
  {
    name: 'an event that overtakes a failed one of its aggregate',
    edits: [
      {
        file: 'src/chassis/events/consumer/take-effect.ts',
        find: '    if (blocked.has(aggregateKey(event))) {',
        put: '    if (blocked.has(event.id)) {',
      },
    ],
    caughtBy: ['tests/contract/courier-feed.test.ts'],
  },
  {
    name: 'an event told by a handler that was taken back',
    edits: [
      {
        file: 'src/chassis/events/consumer/provisional.ts',
        find: 'atCommit: async (statement, parameters) => void last.push([statement, parameters]),',
        put: 'atCommit: (statement, parameters) => tx.atCommit(statement, parameters),',
      },
    ],
    caughtBy: [CONSUMER_TEST],
  },
];

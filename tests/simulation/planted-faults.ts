/** Changes of source files, made in memory as they are loaded. */
export interface PlantedFault {
  readonly name: string;
  readonly changes: readonly {
    /** From the project's root. */
    readonly file: string;
    /** Exactly as it stands there, once. */
    readonly find: string;
    readonly put: string;
  }[];
}

/** Known-wrong variants of the engine, of its statements as the store model carries them out, and of a participant: each must be caught. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'no-fence',
    changes: [
      {
        file: 'tests/simulation/store-statements.ts',
        find: 'row !== undefined && row.claim_token === change.claim_token && row.revision === change.revision;',
        put: 'row !== undefined && change !== undefined;',
      },
    ],
  },
  {
    name: 'no-token-in-fence',
    changes: [
      {
        file: 'tests/simulation/store-statements.ts',
        find: 'row !== undefined && row.claim_token === change.claim_token && row.revision === change.revision;',
        put: 'row !== undefined && row.revision >= change.revision;',
      },
    ],
  },
  {
    name: 'fence-not-checked-again',
    changes: [
      {
        file: 'tests/simulation/store-statements.ts',
        find: 'if (row === undefined || !isAsRead(row, change)) continue;',
        put: 'if (row === undefined) continue;',
      },
    ],
  },
  {
    name: 'pivot-start-not-waited-for',
    changes: [
      {
        file: 'src/chassis/saga/execution.ts',
        find: "return next.kind === 'RUNNING' && next.step === definition.pivotIndex && isLive(from) && from.step !== next.step;",
        put: 'return false;',
      },
    ],
  },
  {
    name: 'turning-back-not-waited-for',
    changes: [
      {
        file: 'src/chassis/saga/execution.ts',
        find: "if (next.kind === 'COMPENSATING') return from.kind !== 'COMPENSATING';",
        put: "if (next.kind === 'COMPENSATING') return false;",
      },
    ],
  },
  {
    name: 'ahead-ignored',
    changes: [
      {
        file: 'src/chassis/saga/decide.ts',
        find: 'if (state.ahead) return undoBefore(definition, definition.pivotIndex, failure);',
        put: '',
      },
    ],
  },
  {
    name: 'ahead-forgotten-by-commands',
    changes: [
      {
        file: 'src/chassis/saga/command.ts',
        find: 'claimed ? cutOff(definition, state) : state',
        put: 'claimed ? state : state',
      },
    ],
  },
  {
    name: 'takeover-unnoticed',
    changes: [
      {
        file: 'src/chassis/saga/execution.ts',
        find: 'if (claimed.previousOwner === undefined) return found;',
        put: 'if (claimed.previousOwner !== null) return found;',
      },
    ],
  },
  {
    name: 'heartbeat-extends-foreign-claims',
    changes: [
      {
        file: 'tests/simulation/store-statements.ts',
        find: 'row !== undefined && row.claim_token === token && row.claim_owner === owner;',
        put: 'row !== undefined && token !== undefined && row.claim_owner !== null;',
      },
    ],
  },
  {
    name: 'undo-without-tombstone',
    changes: [{ file: 'tests/simulation/participants.ts', find: '    tombstones.add(key);\n', put: '' }],
  },
  {
    name: 'undoing-from-the-front',
    changes: [
      {
        file: 'src/chassis/saga/decide.ts',
        find: 'function undoing(definition: SagaDefinition, state: Running, failure: SagaFailure): SagaState {\n',
        put: `function undoing(definition: SagaDefinition, state: Running, failure: SagaFailure): SagaState {
  if (state.step > 0) return { kind: 'COMPENSATING', step: 0, attempt: 1, failures: 0, done: [], failure };
`,
      },
      {
        file: 'src/chassis/saga/decide.ts',
        find: 'const next = undoBefore(definition, state.step, state.failure);',
        put: `const following = stageAfter(definition, state.step);
    const next: SagaState =
      following === undefined || following >= definition.pivotIndex
        ? { kind: 'COMPENSATED', failure: state.failure }
        : { kind: 'COMPENSATING', step: following, attempt: 1, failures: 0, done: [], failure: state.failure };`,
      },
    ],
  },
  {
    name: 'ambiguity-ignored',
    changes: [
      {
        file: 'src/chassis/saga/decide.ts',
        find: 'const untouched = state.ambiguous ? [] : pendingSteps',
        put: 'const untouched = pendingSteps',
      },
    ],
  },
  {
    name: 'stale-pen-believed',
    changes: [
      {
        file: 'src/chassis/saga/saga-writer.ts',
        find: 'newest.get(change.saga.id) === change && written.has(change.saga.id)',
        put: 'written.has(change.saga.id)',
      },
      {
        file: 'src/chassis/saga/saga-writer.ts',
        find: 'const written = await untilItIsBack(newest);',
        put: 'const written = await log.record(changes);',
      },
      {
        file: 'src/chassis/saga/claims.ts',
        find: 'held.get(saga.id)?.controller.abort();',
        put: '',
      },
    ],
  },
];

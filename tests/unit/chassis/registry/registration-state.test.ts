import { describe, expect, it } from '@jest/globals';

import { nextState, type RegistrationInput } from '../../../../src/chassis/registry/registration-state.ts';
import type { RegistrationState } from '../../../../src/chassis/registry/index.ts';

const error = new Error('no');
const run = (...inputs: readonly RegistrationInput[]) =>
  inputs.reduce<RegistrationState>(nextState, { kind: 'listening' });
const attempt = { kind: 'attempt', atMs: 10 } as const;
const failed = { kind: 'failed', error } as const;
const written = { kind: 'written', leaseId: '7', atMs: 20 } as const;
const lost = { kind: 'lost', error, atMs: 50 } as const;

describe('nextState', () => {
  it('counts failed attempts from when the first began', () => {
    expect(run(attempt, failed, { kind: 'attempt', atMs: 30 }, failed)).toEqual({
      ...{ kind: 'granting', failures: 2, sinceMs: 10, error },
    });
  });

  it('keeps when the last answered renewal was asked for', () => {
    expect(run(attempt, written)).toEqual({ kind: 'registered', leaseId: '7', lastKeepaliveMs: 20 });
    expect(run(attempt, written, { kind: 'renewed', atMs: 40 })).toMatchObject({ lastKeepaliveMs: 40 });
  });

  it('remembers since when it is lost while it grants again', () => {
    expect(run(attempt, written, lost)).toEqual({ kind: 'lost', error, sinceMs: 50 });
    expect(run(attempt, written, lost, { kind: 'attempt', atMs: 60 })).toEqual({
      ...{ kind: 'granting', failures: 0, sinceMs: 50, error },
    });
  });

  it.each([
    ['a renewal of what is lost', [attempt, written, lost], { kind: 'renewed', atMs: 60 }],
    ['a key written when nobody asked', [], written],
    ['a loss of what never was', [attempt], lost],
    ['a key written while draining', [attempt, { kind: 'closing' }], written],
    ['a loss while draining', [attempt, written, { kind: 'closing' }], lost],
    ['anything once it is revoked', [attempt, { kind: 'closing' }, { kind: 'withdrawn' }], attempt],
  ] satisfies [string, RegistrationInput[], RegistrationInput][])('is not moved by %s', (_name, before, late) => {
    const state = run(...before);
    expect(nextState(state, late)).toBe(state);
  });

  it('drains from every state, and is revoked once the key is withdrawn', () => {
    for (const before of [[], [attempt], [attempt, written], [attempt, written, lost]]) {
      const draining = nextState(run(...before), { kind: 'closing' });
      expect(draining).toEqual({ kind: 'draining' });
      expect(nextState(draining, { kind: 'withdrawn' })).toEqual({ kind: 'revoked' });
    }
  });
});

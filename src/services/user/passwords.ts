import { createHmac } from 'node:crypto';

import { type Algorithm, hash, verify } from '@node-rs/argon2';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';

import type { Secret } from '../../chassis/config/index.ts';
import { currentCall, throwIfAborted } from '../../chassis/core/index.ts';
import { passwordsBusy } from './domain.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { algorithm: 2 satisfies Algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** How many passwords are worked on. */
export interface PasswordLimits {
  /** At a time; argon2 takes a thread of libuv's pool, which signatures, files and name look-ups need as well. */
  readonly concurrency: number;
  /** Waiting for their turn; beyond that callers are refused rather than kept past their deadlines. */
  readonly queue: number;
}

/** Half of libuv's four threads, and what those do in about a second. */
export const PASSWORD_LIMITS: PasswordLimits = { concurrency: 2, queue: 100 };

/** Hashes and checks passwords, off the event loop. Both throw RESOURCE_EXHAUSTED (PASSWORDS_BUSY) when too many wait. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False for a wrong password; with no hash it works as long and is false, so that time tells nothing. */
  verify(password: string, storedHash: string | undefined): Promise<boolean>;
  /** Tells two passwords apart where a request is remembered, and is worth nothing to who lacks the secret. */
  fingerprint(password: string): string;
}

/** argon2id (RFC 9106) with the parameters of OWASP's password storage cheat sheet. */
export async function createPasswords(secret: Secret, limits: PasswordLimits = PASSWORD_LIMITS): Promise<Passwords> {
  const decoy = await hash('nobody has this password', PARAMETERS);
  const turns = bulkhead(limits.concurrency, limits.queue);

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const signal = currentCall()?.signal;
    try {
      return await turns.execute(() => {
        throwIfAborted(signal); // nobody waits for it any more
        return work();
      });
    } catch (error) {
      throw error instanceof BulkheadRejectedError ? passwordsBusy() : error;
    }
  }

  return {
    hash: (password) => inTurn(() => hash(password, PARAMETERS)),
    async verify(password, storedHash) {
      const matches = await inTurn(() => verify(storedHash ?? decoy, password));
      return storedHash !== undefined && matches;
    },
    fingerprint: (password) => createHmac('sha256', secret.reveal()).update(password).digest('base64url'),
  };
}

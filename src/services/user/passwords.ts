import { createHmac } from 'node:crypto';

import { type Algorithm, hash, verify } from '@node-rs/argon2';
import type { Secret } from '../../chassis/config/index.ts';
import { AppError, currentCall } from '../../chassis/core/index.ts';
import { createTaskQueue, type InProcessWork } from '../../chassis/in-process/index.ts';
import { passwordsBusy } from './domain.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { algorithm: 2 satisfies Algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** How many passwords are worked on. */
export interface PasswordLimits {
  /** At a time; argon2 takes a thread of libuv's pool, which signatures, files and name look-ups need as well. */
  readonly concurrency: number;
  /** Waiting for their turn; beyond that callers are refused rather than kept past their deadlines. Who gives up leaves. */
  readonly queue: number;
}

/** Half of libuv's four threads, and what those do in about a second. */
export const PASSWORD_LIMITS: PasswordLimits = { concurrency: 2, queue: 100 };

/** Who waits longer is beyond most deadlines, in seconds. */
const WARN_AFTER_SECONDS = 5;

/** Hashes and checks passwords, off the event loop. Both throw RESOURCE_EXHAUSTED (PASSWORDS_BUSY) when too many wait. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False for a wrong password; with no hash it works as long and is false, so that time tells nothing. */
  verify(password: string, storedHash: string | undefined): Promise<boolean>;
  /** Tells two passwords apart where a request is remembered, and is worth nothing to who lacks the secret. */
  fingerprint(password: string): string;
  /** The queue in which passwords are worked on. */
  readonly work: InProcessWork;
}

/** argon2id (RFC 9106) with the parameters of OWASP's password storage cheat sheet. */
export async function createPasswords(secret: Secret, limits: PasswordLimits = PASSWORD_LIMITS): Promise<Passwords> {
  const decoy = await hash('nobody has this password', PARAMETERS);
  const queue = createTaskQueue({
    name: 'password work',
    maxConcurrent: limits.concurrency,
    maxQueued: limits.queue,
    backlog: {
      warnAfterSeconds: WARN_AFTER_SECONDS,
      advice: 'More people sign in or register than passwords can be checked: start another user process.',
    },
  });

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await queue.submit(work, { signal: currentCall()?.signal });
    } catch (error) {
      throw error instanceof AppError && error.reason === 'QUEUE_FULL' ? passwordsBusy() : error;
    }
  }

  return {
    hash: (password) => inTurn(() => hash(password, PARAMETERS)),
    async verify(password, storedHash) {
      const matches = await inTurn(() => verify(storedHash ?? decoy, password));
      return storedHash !== undefined && matches;
    },
    fingerprint: (password) => createHmac('sha256', secret.reveal()).update(password).digest('base64url'),
    work: queue,
  };
}

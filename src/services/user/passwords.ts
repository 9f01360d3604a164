import { createHmac } from 'node:crypto';

import { type Algorithm, hash, verify } from '@node-rs/argon2';

import type { Secret } from '../../chassis/config/index.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { algorithm: 2 satisfies Algorithm, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Hashes and checks passwords, off the event loop. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False for a wrong password; with no hash it works as long and is false, so that time tells nothing. */
  verify(password: string, storedHash: string | undefined): Promise<boolean>;
  /** Tells two passwords apart where a request is remembered, and is worth nothing to who lacks the secret. */
  fingerprint(password: string): string;
}

/** argon2id (RFC 9106) with the parameters of OWASP's password storage cheat sheet. */
export async function createPasswords(secret: Secret): Promise<Passwords> {
  const decoy = await hash('nobody has this password', PARAMETERS);
  return {
    hash: (password) => hash(password, PARAMETERS),
    async verify(password, storedHash) {
      const matches = await verify(storedHash ?? decoy, password);
      return storedHash !== undefined && matches;
    },
    fingerprint: (password) => createHmac('sha256', secret.reveal()).update(password).digest('base64url'),
  };
}

import type { JSONWebKeySet } from 'jose';

import { AuthServiceDefinition } from '../gen/tradewind/user/v1/user.ts';
import type { Authentication } from './chassis/lifecycle/index.ts';
import { createTokenVerifier } from './chassis/security/index.ts';

/** Bearer tokens are verified with the public keys of the user process, found through the registry like any other call. */
export const authentication: Authentication = (context) => {
  const issuer = context.client(AuthServiceDefinition, 'user');
  return createTokenVerifier({
    fetchJwks: async () => JSON.parse((await issuer.getJwks({})).jwksJson) as JSONWebKeySet, // jose checks each key it uses
    clock: context.clock,
  });
};

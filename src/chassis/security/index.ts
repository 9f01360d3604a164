export { administratorOf, assertAdmin, assertMayAct, ownerToList } from './access.ts';
export { TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER, TOKEN_TYPE } from './token.ts';
export { TOKEN_VERIFIER_DEFAULTS, createTokenVerifier, type TokenVerifierOptions } from './token-verifier.ts';

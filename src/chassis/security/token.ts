/** Who signs access tokens: `iss`. */
export const TOKEN_ISSUER = 'tradewind';

/** Whom they are for: `aud`. */
export const TOKEN_AUDIENCE = 'tradewind';

/** How they are signed; no other algorithm is accepted. */
export const TOKEN_ALGORITHM = 'EdDSA';

/** Their `typ`, so that no other kind of JWT can stand in for one. Source: RFC 9068. */
export const TOKEN_TYPE = 'at+jwt';

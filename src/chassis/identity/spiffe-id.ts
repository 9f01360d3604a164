/** All certificates of one suite name processes of this trust domain. */
export const TRUST_DOMAIN = 'tradewind';

const SPIFFE_ID = new RegExp(`^spiffe://${TRUST_DOMAIN}/([a-z][a-z0-9-]{0,62})$`);

/** The name in a process's certificate: "spiffe://tradewind/order". Source: SPIFFE-ID, section 2. */
export function formatSpiffeId(process: string): string {
  return `spiffe://${TRUST_DOMAIN}/${process}`;
}

/**
 * The process that a certificate names, read from its subject alternative names as Node prints them; undefined: it names
 * none of ours. A certificate with two URIs names nobody. Source: SPIFFE X.509-SVID, section 2 ("exactly one URI SAN").
 */
export function processOfNames(subjectAltName: string | undefined): string | undefined {
  // Node puts a value into quotes that holds a comma, a quote or a control character: nothing that we issue, and a way to
  // smuggle a name into another one.
  if (subjectAltName === undefined || subjectAltName.includes('"')) return undefined;
  const uris = subjectAltName.split(', ').filter((name) => name.startsWith('URI:'));
  if (uris.length !== 1) return undefined;
  return SPIFFE_ID.exec(uris[0]!.slice('URI:'.length))?.[1];
}

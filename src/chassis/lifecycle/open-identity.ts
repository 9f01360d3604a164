import { ConfigurationError, type BaseConfiguration } from '../config/index.ts';
import type { Clock } from '../core/index.ts';
import { CertificateError, openIdentity, type CertificatePart, type ProcessIdentity } from '../identity/index.ts';
import { logIdentity, type Telemetry } from '../telemetry/index.ts';
import type { Closing } from './closing.ts';

const KEYS = {
  certificate: 'TLS_CERT_FILE',
  key: 'TLS_KEY_FILE',
  ca: 'TLS_CA_FILE',
} as const satisfies Readonly<Record<CertificatePart, keyof BaseConfiguration>>;

/**
 * The identity that the configuration names; undefined: none, this process speaks plain text. Closed through `closing`.
 * Throws a ConfigurationError that names each key that is missing beside another one, and each file that is wrong.
 */
export async function openProcessIdentity(
  process: string,
  parts: {
    readonly config: BaseConfiguration;
    readonly telemetry: Telemetry;
    readonly closing: Closing;
    readonly clock: Clock;
  },
): Promise<ProcessIdentity | undefined> {
  const { config, telemetry, closing, clock } = parts;
  const { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key, TLS_CA_FILE: ca } = config;
  const missing = Object.values(KEYS).filter((name) => config[name] === undefined);
  if (missing.length === Object.keys(KEYS).length) return undefined;
  if (certificate === undefined || key === undefined || ca === undefined) {
    const rule = `is required with ${Object.values(KEYS)
      .filter((name) => config[name] !== undefined)
      .join(' and ')}`;
    throw new ConfigurationError(missing.map((name) => ({ key: name, rule })));
  }
  const files = { certificate, key, ca };
  try {
    const identity = await openIdentity({ files, process, clock });
    closing.add('identity', async () => identity[Symbol.dispose]());
    logIdentity(identity.events, telemetry.logger);
    return identity;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    const problems = error.problems.map(({ part, rule }) => ({ key: KEYS[part], rule, value: files[part] }));
    throw new ConfigurationError(problems);
  }
}

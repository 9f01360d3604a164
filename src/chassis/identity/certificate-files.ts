import { readFile } from 'node:fs/promises';

/** Where a process's certificates are, all in PEM. */
export interface CertificateFiles {
  /** Its own certificate, followed by those between it and a certificate authority of the bundle. */
  readonly certificate: string;
  /** The private key of its own certificate. */
  readonly key: string;
  /** The bundle: every certificate authority whose certificates are accepted from others. */
  readonly ca: string;
}

/** One of the three files. */
export type CertificatePart = keyof CertificateFiles;

/** What is wrong with one of them, in words that need no other context. */
export interface CertificateProblem {
  readonly part: CertificatePart;
  readonly rule: string;
}

/** The three files' contents. */
export type CertificateTexts = Readonly<Record<CertificatePart, string>>;

const PARTS = ['certificate', 'key', 'ca'] as const satisfies readonly CertificatePart[];

/** What reading them came to. */
export type ReadCertificates =
  | { readonly kind: 'read'; readonly texts: CertificateTexts }
  | { readonly kind: 'wrong'; readonly problems: readonly CertificateProblem[] };

/** Reads the three files; those that cannot be read are problems, in the order of PARTS. */
export async function readCertificateFiles(files: CertificateFiles): Promise<ReadCertificates> {
  const read = async (part: CertificatePart) => {
    try {
      return { part, text: await readFile(files[part], 'utf8') };
    } catch (error) {
      return { part, rule: `cannot be read (${error instanceof Error ? error.message : String(error)})` };
    }
  };
  const all = await Promise.all(PARTS.map(read));
  const problems = all.filter((one) => one.rule !== undefined);
  if (problems.length > 0) return { kind: 'wrong', problems };
  const texts = Object.fromEntries(all.map(({ part, text }) => [part, text]));
  return { kind: 'read', texts: texts as unknown as CertificateTexts }; // an entry for each part
}

/** Whether they say the same. */
export function isSame(left: CertificateTexts, right: CertificateTexts): boolean {
  return PARTS.every((part) => left[part] === right[part]);
}

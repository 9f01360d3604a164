import type { CertificateFiles, CertificateProblem } from './certificate-files.ts';

/** A process's certificates cannot be used; names every wrong file. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly problems: readonly CertificateProblem[];

  constructor(files: CertificateFiles, problems: readonly CertificateProblem[]) {
    super(problems.map(({ part, rule }) => `${files[part]}: ${rule}`).join('\n'));
    this.problems = problems;
  }
}

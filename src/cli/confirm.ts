import { createInterface } from 'node:readline/promises';

import { UsageError } from '../usage-error.ts';
import type { CommandHost } from './call.ts';

/** Throws a UsageError unless a person sits at a terminal, who can be asked; `otherwise` says what to do then. */
export function assertPerson(
  { stdin }: Pick<CommandHost, 'stdin'>,
  { json }: { readonly json?: boolean },
  otherwise: string,
): void {
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true;
  if (isTerminal && json !== true) return;
  throw new UsageError(`there is nobody to ask: ${otherwise}`);
}

/** Asks; anything but yes is no. */
export async function agrees(
  question: string,
  { stdin, write }: Pick<CommandHost, 'stdin' | 'write'>,
): Promise<boolean> {
  const lines = createInterface({ input: stdin });
  write(`${question} [y/N] `);
  try {
    const answer = await Promise.race([
      new Promise<string>((resolve) => lines.once('line', resolve)),
      new Promise<string>((resolve) => lines.once('close', () => resolve(''))),
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

import { InvalidArgumentError } from 'commander';

/** An option that counts something. Throws commander's InvalidArgumentError, which names the option. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

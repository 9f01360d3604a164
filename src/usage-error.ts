/** Something on the command line that cannot be honoured; the message names it and the rule, and is all that is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the sink does with mail for one kind of recipient. */
export interface TestRecipient {
  /** The SMTP reply to RCPT TO, by RFC 5321. */
  readonly code: 550 | 451;
  readonly text: string;
  /** For the README: what happens. */
  readonly does: string;
}

/**
 * The test recipients by the part before the @, in any domain; what follows a `+` does not count, so that
 * `busy+order-42@example.com` is one too, with a turn of its own. All other mail is accepted.
 */
export const TEST_RECIPIENTS = {
  refuse: { code: 550, text: 'no such mailbox', does: 'refused for good: 550' },
  busy: {
    code: 451,
    text: 'mailbox busy, try again later',
    does: 'refused for now, 451, every other time: a retry gets through',
  },
} as const satisfies Record<string, TestRecipient>;

/** The test recipient that an address names, if any. */
export function testRecipient(address: string): TestRecipient | undefined {
  const name = address.split('@')[0]?.split('+')[0]?.toLowerCase() ?? '';
  return Object.hasOwn(TEST_RECIPIENTS, name) ? TEST_RECIPIENTS[name as keyof typeof TEST_RECIPIENTS] : undefined; // just checked
}

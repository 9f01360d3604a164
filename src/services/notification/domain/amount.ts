const NANOS = 1_000_000_000n;

/** An amount as contracts carry it: whole units and billionths of one, never below zero here. */
export interface Amount {
  readonly currencyCode: string;
  readonly units: bigint;
  readonly nanos: number;
}

/** "EUR 12.50": two decimals, more where the amount has them. */
export function formatAmount({ currencyCode, units, nanos }: Amount): string {
  const decimals = String(BigInt(nanos) % NANOS)
    .padStart(9, '0')
    .replace(/0{1,7}$/, '');
  return `${currencyCode} ${units}.${decimals}`;
}

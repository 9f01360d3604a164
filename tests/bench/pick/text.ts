import { figure, table } from '../table.ts';
import type { PickRow } from './pick.ts';

/** The table for the terminal: a line for each policy. */
export function pickText(
  rows: readonly PickRow[],
  plan: { readonly rounds: number; readonly picksPerRound: number },
): string {
  const intro = `Choosing an endpoint for one call, its start and end told to the policy: medians of ${plan.rounds} interleaved rounds of ${plan.picksPerRound.toLocaleString('en-US')} picks.`;
  const sizes = [...new Set(rows.map(({ endpoints }) => endpoints))];
  const names = [...new Set(rows.map(({ name }) => name))];
  const lines = names.map((name) => [
    name,
    ...sizes.map((size) => figure(rows.find((row) => row.name === name && row.endpoints === size)?.nsPerPick ?? NaN)),
  ]);
  return `${intro}\n${table(['ns a pick', ...sizes.map((size) => `of ${size.toLocaleString('en-US')}`)], lines)}`;
}

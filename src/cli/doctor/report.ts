import { table, type Column } from '../table.ts';
import type { Finding } from './finding.ts';

const COLUMNS: readonly Column<Finding>[] = [
  { title: 'check', value: ({ check }) => check },
  { title: 'is', value: ({ status }) => status },
  { title: 'found', value: ({ found }) => found },
];

/** A diagnosis for people: a table, what to do about each trouble, and one line that sums it up. */
export function report(all: readonly Finding[]): string {
  const troubles = all.flatMap((finding) => (finding.status === 'ok' ? [] : [finding]));
  const failing = troubles.filter(({ status }) => status === 'failing').length;
  const sum = troubles.length === 0 ? 'All is well.' : `${failing} failing, ${troubles.length - failing} warnings.`;
  const advice = Map.groupBy(troubles, (trouble) => trouble.advice);
  const lines = [...advice].map(([what, [first, ...more]]) => {
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    return `  ${first?.check ?? ''}: ${first?.found ?? ''}${others}\n    ${what}\n`;
  });
  const whatToDo = lines.length === 0 ? '' : `\nWhat to do:\n${lines.join('')}`;
  return `${table(all, COLUMNS)}${whatToDo}\n${sum}\n`;
}

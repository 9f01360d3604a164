import { figure, table } from '../table.ts';
import type { DiscoveryRow } from './discovery.ts';
import { TTL_SECONDS } from './place.ts';

/** The tables for the terminal. */
export function discoveryText(rows: readonly DiscoveryRow[]): string {
  const [{ etcd } = { etcd: '' }] = rows;
  const spread = (row: { min: object; max: object }, name: string) =>
    `(${figure(Number(Reflect.get(row.min, name)))} to ${figure(Number(Reflect.get(row.max, name)))})`;
  const parts = [`On the ${etcd} etcd, leases of ${TTL_SECONDS} s; medians (least to greatest).`];
  for (const row of rows) {
    if (row.name === 'join') {
      const lines = [
        ['registration to first call, ms', figure(row.firstCallMs), spread(row, 'firstCallMs')],
        ['bare grant, put and watch event, ms', figure(row.bareWatchMs), spread(row, 'bareWatchMs')],
      ];
      parts.push(table(['a new instance', '', ''], lines));
    } else if (row.name === 'leave') {
      const lines = [
        ['kill -9 to the last failed attempt, ms', figure(row.lastFailedMs), spread(row, 'lastFailedMs')],
        ['attempts that failed', figure(row.failedAttempts), spread(row, 'failedAttempts')],
        ['calls that failed, with retries', figure(row.failedCallsWithRetries), spread(row, 'failedCallsWithRetries')],
        ['kill -9 to the delete event of a bare watch, ms', figure(row.bareDeleteMs), spread(row, 'bareDeleteMs')],
      ];
      parts.push(table(['one of three instances dies', '', ''], lines));
    }
  }
  const resolves = rows.filter((row) => row.name === 'resolve');
  const lines = resolves.map((row) => [
    figure(row.instances),
    figure(row.resolveMs),
    figure(row.bareListMs),
    figure(row.ratio),
    figure(row.heapMb),
  ]);
  parts.push(table(['instances', 'resolve ms', 'bare list ms', 'ratio', 'heap MB'], lines));
  return parts.join('\n');
}

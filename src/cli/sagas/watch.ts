import { SagaHistoryKind, WatchSagasRequest, WatchSagasResponse } from '../../../gen/tradewind/order/v1/saga.ts';
import { resumable } from '../../chassis/client/index.ts';
import type { CommandHost } from '../call.ts';
import { parseStates, type FilterOptions } from './filter-options.ts';
import { withSagas, type SagasOptions } from './open-sagas.ts';
import { byText, entryText, stateWord } from './words.ts';

/** What `tradewind sagas watch` was asked for. */
export interface WatchSagasCommand extends SagasOptions, Pick<FilterOptions, 'state' | 'order'> {}

/** Prints each saga that is not over, then everything that happens to any, until Ctrl-C; restarts of servers are sat out. */
export async function runSagasWatch(command: WatchSagasCommand, host: CommandHost): Promise<void> {
  const states = command.state === undefined ? [] : [...parseStates(command.state)];
  const request = WatchSagasRequest.fromPartial({ states, orderId: command.order ?? '' });
  await withSagas(command, host, async (sagas) => {
    const answers = resumable(
      sagas.watchSagas,
      {
        request,
        position: ({ entry }) => (entry === undefined || entry.position === 0n ? undefined : entry.position),
        resume: (open, afterPosition: bigint) => ({ ...open, afterPosition }),
      },
      { signal: host.signal, maxAttempts: Number.POSITIVE_INFINITY },
    );
    for await (const answer of answers) {
      host.write(command.json === true ? `${JSON.stringify(WatchSagasResponse.toJSON(answer))}\n` : watchLine(answer));
    }
  });
}

/** One change for people: when, which saga, what, and the state after it where that says more. */
export function watchLine({ entry, saga }: WatchSagasResponse): string {
  if (entry === undefined || saga === undefined) return '';
  const isSnapshot = entry.kind === SagaHistoryKind.SAGA_HISTORY_KIND_SNAPSHOT;
  const time = entry.entryTime?.toISOString().slice(11, 23) ?? '';
  const by = byText(entry);
  const state = isSnapshot ? ` at ${saga.currentSteps.join(' and ')}` : `  (${stateWord(entry.state)})`;
  return `${time}  ${saga.id}  ${saga.name}  ${entryText(entry)}${state}${by === '' ? '' : `  [${by}]`}\n`;
}

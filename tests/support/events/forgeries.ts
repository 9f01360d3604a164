import { newId } from '../../../src/chassis/core/index.ts';
import { partitionOf, toCloudEventHeaders, type CloudEventBinding } from '../../../src/chassis/events/index.ts';

/** What a message of somebody else pretends to be of. */
export interface Forged {
  readonly binding: CloudEventBinding;
  readonly source: string;
  readonly partition: number;
}

type Headers = Readonly<Record<string, string>>;

/** More than a bigint. */
const TOO_MUCH = '9'.repeat(19);
/** Far beyond any log of a test. */
const BEYOND = 1_000_000_000n;

/** A message that a relay could have sent, of an event that no consumer has had, but for what is overridden. */
function event({ binding, source, partition }: Forged, attributes: Headers = {}, previous: string | bigint = 0n) {
  const written = toCloudEventHeaders(
    {
      ...{ id: newId(), source, type: 'thing.moved', aggregateType: 'thing', aggregateId: aggregateIn(partition) },
      ...{ sequence: 1n, position: BEYOND, time: new Date(), traceparent: undefined },
    },
    { binding },
  );
  const overrides = Object.entries(attributes).map(([name, value]) => [
    `${binding.prefix}${name}`,
    binding.write(value),
  ]);
  return { ...written, ...Object.fromEntries(overrides), 'tradewind-previous': String(previous) };
}

const marker = (partition: number, position: string | bigint): Headers => ({
  'tradewind-marker-partition': String(partition),
  'tradewind-marker-position': String(position),
});

function aggregateIn(partition: number, suffix = ''): string {
  for (let index = 0; ; index += 1) {
    const id = `${index}${suffix}`;
    if (partitionOf('thing', id) === partition) return id;
  }
}

/** Messages that no relay has sent, although each looks like one. */
export const FORGERIES: readonly (readonly [name: string, headers: (forged: Forged) => Headers])[] = [
  ['an id that is none of ours', (forged) => event(forged, { id: 'somebody' })],
  ['a position that is too large', (forged) => event(forged, { position: TOO_MUCH })],
  ['a sequence that is too large', (forged) => event(forged, { sequence: TOO_MUCH })],
  ['a time before there was any', (forged) => event(forged, { time: '0000-01-01T00:00:00Z' })],
  ['another source', (forged) => event(forged, { source: '/tradewind/stranger' })],
  [
    'text that no database holds',
    (forged) => event(forged, { subject: `thing/${aggregateIn(forged.partition, '\0')}` }),
  ],
  ['a place before itself', (forged) => event(forged, {}, BEYOND)],
  ['a place before it that is too large', (forged) => event(forged, {}, TOO_MUCH)],
  ['a place before it that nobody has written', (forged) => event(forged, {}, BEYOND - 1n)],
  ['a marker of a partition that is none', () => marker(8, 1n)],
  ['a marker that is too large', ({ partition }) => marker(partition, TOO_MUCH)],
  ['a marker of the last position there can be', ({ partition }) => marker(partition, 2n ** 63n - 1n)],
  [
    'a marker that ends before it begins',
    ({ partition }) => ({ ...marker(partition, 2n), 'tradewind-marker-through': '1' }),
  ],
  ['a marker beyond the log', ({ partition }) => marker(partition, BEYOND)],
];

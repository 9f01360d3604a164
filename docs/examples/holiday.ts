// The running code of docs/sagas.md. tests/component/saga/pattern-book.test.ts runs it, and checks that the page quotes it.
import { AppError } from '../../src/chassis/core/index.ts';
import { defineSaga, type SagaDefinition, type SagaOptions } from '../../src/chassis/saga/index.ts';

/** What a holiday is booked from; JSON. */
export interface HolidayInput {
  readonly traveller: string;
  readonly nights: number;
}

/** Whom the saga calls. Each takes effect once per key, and accepts the undo of what never happened. */
export interface TravelAgents {
  readonly hotel: {
    hold(request: { requestId: string; nights: number }): Promise<{ room: string }>;
    release(request: { requestId: string; holdRequestId: string }): Promise<void>;
    confirm(request: { requestId: string; room: string }): Promise<void>;
  };
  readonly car: {
    reserve(request: { requestId: string }): Promise<{ plate: string }>;
    cancel(request: { requestId: string; reserveRequestId: string }): Promise<void>;
  };
  readonly bank: { charge(request: { requestId: string; nights: number }): Promise<void> };
  readonly post: { sendTickets(request: { requestId: string; room: string }): Promise<void> };
  readonly club: { award(request: { requestId: string; nights: number }): Promise<void> };
}

interface Outputs {
  readonly 'hold-room': { readonly room: string };
  readonly 'reserve-car': { readonly plate: string };
}

// region version-1
/** A room and a car at the same time, then the money, then what cannot fail any more. */
function holidaySteps({ hotel, car, bank, post }: TravelAgents): SagaOptions<HolidayInput, Outputs>['steps'] {
  return [
    {
      parallel: [
        {
          name: 'hold-room',
          kind: 'compensatable',
          run: ({ key, input }) => hotel.hold({ requestId: key, nights: input.nights }),
          compensate: ({ key }) => hotel.release({ requestId: key, holdRequestId: key }),
        },
        {
          name: 'reserve-car',
          kind: 'compensatable',
          run: ({ key }) => car.reserve({ requestId: key }),
          compensate: ({ key }) => car.cancel({ requestId: key, reserveRequestId: key }),
        },
      ],
    },
    {
      name: 'charge',
      kind: 'pivot',
      run: ({ key, input }) => bank.charge({ requestId: key, nights: input.nights }),
    },
    {
      name: 'confirm-room',
      kind: 'retriable',
      announce: true,
      run: ({ key, output }) => hotel.confirm({ requestId: key, room: output('hold-room').room }),
    },
    {
      name: 'send-tickets',
      kind: 'retriable',
      run: ({ key, output }) => post.sendTickets({ requestId: key, room: output('hold-room').room }),
    },
  ];
}

export function defineHoliday(agents: TravelAgents): SagaDefinition<HolidayInput> {
  return defineSaga({ name: 'holiday', version: 1, deadlineMs: 60_000, steps: holidaySteps(agents) });
}
// endregion

// region version-2
/** Version 2 awards points as well: the steps of version 1, one more, and the next number. */
export function defineHolidayWithPoints(agents: TravelAgents): SagaDefinition<HolidayInput> {
  return defineSaga({
    name: 'holiday',
    version: 2,
    deadlineMs: 60_000,
    steps: [
      ...holidaySteps(agents),
      {
        name: 'award-points',
        kind: 'retriable',
        run: ({ key, input }) => agents.club.award({ requestId: key, nights: input.nights }),
      },
    ],
  });
}
// endregion

// region semantic-lock
/** A room that a saga holds is not free, not sold, and says so: the semantic lock. */
export type Room =
  | { readonly state: 'FREE' }
  | { readonly state: 'HELD'; readonly by: string }
  | { readonly state: 'SOLD'; readonly to: string };

/** Takes the lock. Another saga's is a refusal that its caller understands, not something to wait for. */
export function hold(room: Room, by: string): Room {
  if (room.state === 'HELD' && room.by === by) return room;
  if (room.state === 'FREE') return { state: 'HELD', by };
  throw new AppError({ status: 'FAILED_PRECONDITION', reason: 'ROOM_TAKEN', message: `the room is ${room.state}` });
}

/** The compensation: only the holder's lock is taken off, and one that is off already is fine. */
export function release(room: Room, by: string): Room {
  return room.state === 'HELD' && room.by === by ? { state: 'FREE' } : room;
}
// endregion

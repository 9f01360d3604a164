/** Where a parcel stands. CANCELLED, DELIVERED, RETURNED and LOST are final. */
export type ShipmentStatus =
  'CREATED' | 'PICKED_UP' | 'IN_TRANSIT' | 'OUT_FOR_DELIVERY' | 'DELIVERED' | 'RETURNED' | 'LOST' | 'CANCELLED';

/** One thing that happens to a parcel. */
export interface Stage {
  /** After the arrangement, in hours of the standard service. */
  readonly afterHours: number;
  readonly status: ShipmentStatus;
  readonly description: string;
  /** Whether it happens at the carrier's hub, at the depot near the recipient, or at the recipient's. */
  readonly at: 'hub' | 'depot' | 'door';
}

const ARRANGED: Stage = { afterHours: 0, status: 'CREATED', description: 'Label created', at: 'hub' };
const PICKED_UP: Stage = { afterHours: 4, status: 'PICKED_UP', description: 'Picked up from the sender', at: 'hub' };
const SORTED: Stage = { afterHours: 10, status: 'IN_TRANSIT', description: 'Sorted, on the road', at: 'hub' };
const ARRIVED: Stage = { afterHours: 26, status: 'IN_TRANSIT', description: 'Arrived at the depot', at: 'depot' };
const ON_THE_VAN: Stage = {
  afterHours: 44,
  status: 'OUT_FOR_DELIVERY',
  description: 'On the van for delivery',
  at: 'depot',
};
const HANDED_OVER: Stage = { afterHours: 48, status: 'DELIVERED', description: 'Handed over', at: 'door' };
const NOBODY_HOME: Stage = {
  afterHours: 48,
  status: 'IN_TRANSIT',
  description: 'Nobody was there, back at the depot',
  at: 'depot',
};
const TO_THE_DOOR: readonly Stage[] = [ARRANGED, PICKED_UP, SORTED, ARRIVED, ON_THE_VAN];

/** Every way a parcel can go, in order of time. */
export const JOURNEYS = {
  delivered: [...TO_THE_DOOR, HANDED_OVER],
  delivered_at_second_attempt: [
    ...TO_THE_DOOR,
    NOBODY_HOME,
    { ...ON_THE_VAN, afterHours: 68 },
    { ...HANDED_OVER, afterHours: 72 },
  ],
  returned: [
    ...TO_THE_DOOR,
    NOBODY_HOME,
    { afterHours: 120, status: 'RETURNED', description: 'Back at the sender', at: 'hub' },
  ],
  lost: [
    ARRANGED,
    PICKED_UP,
    SORTED,
    { afterHours: 240, status: 'LOST', description: 'Given up as lost', at: 'depot' },
  ],
  picked_up_at_once: [{ ...ARRANGED }, { ...PICKED_UP, afterHours: 0 }, SORTED, ARRIVED, ON_THE_VAN, HANDED_OVER],
} as const satisfies Record<string, readonly Stage[]>;

/** The name of a way. */
export type JourneyName = keyof typeof JOURNEYS;

/** How fast the parcel goes: express takes half the hours. */
export type ServiceLevel = 'standard' | 'express';

/** The factor on a stage's hours. */
export const PACE: Readonly<Record<ServiceLevel, number>> = { standard: 1, express: 0.5 };

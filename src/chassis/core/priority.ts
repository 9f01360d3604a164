/**
 * How important a call is where a server has more calls than it can serve in time: `sheddable` ones are refused first,
 * `critical` ones last. From the contract (tradewind.type.v1.priority), passed on to every call that a call causes.
 */
export type Priority = 'critical' | 'normal' | 'sheddable';

/** Most important first. */
export const PRIORITIES = ['critical', 'normal', 'sheddable'] as const satisfies readonly Priority[];

/** What stands in the header `x-tradewind-priority`; undefined for what is none, which then counts as not sent. */
export function parsePriority(text: string | undefined): Priority | undefined {
  return PRIORITIES.find((priority) => priority === text);
}

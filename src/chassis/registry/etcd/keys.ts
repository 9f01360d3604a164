import type { Instance } from '../instance.ts';

const SERVICES = '/tradewind/services/';

/** The prefix of a process's registrations. It ends in a slash, or `user` would also mean `user-admin`. */
export function processPrefix(process: string): string {
  return `${SERVICES}${process}/`;
}

/** Where an instance is registered. */
export function instanceKey({ process, id }: Instance): string {
  return `${processPrefix(process)}${id}`;
}

/** The prefix of all registrations. */
export const ALL_SERVICES = SERVICES;

/** Whose registration a key is; undefined for a key of another shape. */
export function processOfKey(key: string): string | undefined {
  const [process, id] = key.slice(SERVICES.length).split('/');
  return id === undefined || process === '' ? undefined : process;
}

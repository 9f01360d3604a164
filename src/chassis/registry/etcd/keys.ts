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

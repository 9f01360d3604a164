import type { Queryable } from '../../chassis/store/index.ts';
import { isMuted, render, silentPreferences, type Notification, type Template } from './domain.ts';
import { notifications, type NewNotification } from './notification-repository.ts';
import { preferencesStore } from './preferences-repository.ts';

/** A message that somebody wants sent: everything but what its user says to it. */
export interface Wanted extends Omit<NewNotification, 'subject' | 'body' | 'state'> {
  readonly words: Template;
}

/** Writes the message down, in its user's language, to be sent; a muted one only as a record. Operators have no preferences. */
export async function acceptMessage(tx: Queryable, { words, ...wanted }: Wanted): Promise<Notification> {
  const { userId, channel, category, parameters } = wanted;
  const { locale, ...muting } = userId === undefined ? silentPreferences() : await preferencesStore.get(tx, userId);
  return notifications.insert(tx, {
    ...wanted,
    ...render(words, { channel, locale, parameters }),
    state: isMuted(muting, { channel, category }) ? 'SUPPRESSED' : 'QUEUED',
  });
}

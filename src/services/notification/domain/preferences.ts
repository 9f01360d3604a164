import type { UserId } from './ids.ts';
import type { Category, Channel } from './notification.ts';

/** What a user wants to hear of, and how. */
export interface Preferences {
  readonly userId: UserId;
  readonly mutedChannels: readonly Channel[];
  readonly mutedCategories: readonly Category[];
  /** By BCP 47; empty: English. */
  readonly locale: string;
  /** Counts the changes. */
  readonly version: bigint;
  /** Undefined while the user never said anything. */
  readonly updateTime: Date | undefined;
}

/** The preferences of whoever never said anything. */
export function silentPreferences(): Omit<Preferences, 'userId'> {
  return { mutedChannels: [], mutedCategories: [], locale: '', version: 0n, updateTime: undefined };
}

/** True when the user does not want this message. What concerns the account itself always gets through. */
export function isMuted(
  preferences: Pick<Preferences, 'mutedChannels' | 'mutedCategories'>,
  message: { readonly channel: Channel; readonly category: Category },
): boolean {
  if (message.category === 'ACCOUNT') return false;
  return preferences.mutedChannels.includes(message.channel) || preferences.mutedCategories.includes(message.category);
}

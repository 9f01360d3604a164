import type { Queryable } from '../../chassis/store/index.ts';
import { silentPreferences, type Category, type Channel, type Preferences, type UserId } from './domain.ts';
import { statements } from './statements.ts';

/** What users want to hear of. Every function runs where it is told to: alone or in a transaction. */
export const preferencesStore = {
  async get(on: Queryable, userId: UserId): Promise<Preferences> {
    const row = await on.one<PreferencesRow>(statements['get-preferences'], [userId]);
    return row === undefined ? { userId, ...silentPreferences() } : toPreferences(row);
  },

  /** The preferences, locked, made when there were none. */
  async lock(tx: Queryable, userId: UserId): Promise<Preferences> {
    await tx.execute(statements['open-preferences'], [userId]);
    return toPreferences(required(await tx.one<PreferencesRow>(statements['lock-preferences'], [userId])));
  },

  /** Writes what the user wants; the version goes up. */
  async update(tx: Queryable, preferences: Preferences): Promise<Preferences> {
    const { userId, mutedChannels, mutedCategories, locale } = preferences;
    const parameters = [userId, mutedChannels, mutedCategories, locale];
    return toPreferences(required(await tx.one<PreferencesRow>(statements['update-preferences'], parameters)));
  },
};

interface PreferencesRow {
  readonly user_id: UserId;
  readonly muted_channels: readonly Channel[];
  readonly muted_categories: readonly Category[];
  readonly locale: string;
  readonly version: bigint;
  readonly update_time: Date | null;
}

function toPreferences(row: PreferencesRow): Preferences {
  return {
    userId: row.user_id,
    mutedChannels: row.muted_channels,
    mutedCategories: row.muted_categories,
    locale: row.locale,
    version: row.version,
    updateTime: row.update_time ?? undefined,
  };
}

function required(row: PreferencesRow | undefined): PreferencesRow {
  if (row === undefined) throw new Error('the preferences vanished under their lock');
  return row;
}

import type { Bell, Clock, NewId } from '../../chassis/core/index.ts';
import type { Database, PageTokens } from '../../chassis/store/index.ts';

/** Who is told of what, inside this process. */
export interface Bells {
  /** A message waits to be sent. */
  readonly queued: Bell;
  /** A message changed and has no position yet. */
  readonly changed: Bell;
  /** Changes have got their positions: watchers may read them. */
  readonly placed: Bell;
}

/** What the handlers and the background work with. */
export interface NotificationDependencies {
  readonly database: Database;
  readonly pageTokens: PageTokens;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly bells: Bells;
}

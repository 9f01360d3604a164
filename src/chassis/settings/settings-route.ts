import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import type { CallLimits } from '../middleware/server/index.ts';
import type { LoadShedder } from '../shedding/index.ts';
import type { FollowedSettings } from './follow-settings.ts';

/** What is shown. */
export interface ShownSettings {
  readonly settings: FollowedSettings;
  readonly shedder: Pick<LoadShedder, 'status'>;
  readonly callLimits: Pick<CallLimits, 'status'>;
}

/** The settings in force, whether those in the registry were refused, and where what they change stands. */
export function settingsRoute({ settings, shedder, callLimits }: ShownSettings): AdminRoute {
  return {
    verb: 'GET',
    path: '/settings',
    about: 'settings in force and why the last ones were refused; load shedding; limits on calls that come',
    handle: () =>
      jsonAnswer(200, {
        settings: { ...settings.status, value: settings.config },
        shedding: shedder.status,
        limits: callLimits.status,
      }),
  };
}

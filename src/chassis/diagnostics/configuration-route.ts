import type { z } from 'zod';

import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import { configurationView } from '../config/index.ts';

/** The configuration of the process as it was started; see configurationView for what is masked. */
export function configurationRoute(
  schema: z.ZodObject,
  environment: Readonly<Record<string, string | undefined>>,
): AdminRoute {
  return {
    verb: 'GET',
    path: '/config',
    about: 'every configuration key with its value and where that came from; secrets are masked',
    handle: () => jsonAnswer(200, { configuration: configurationView(schema, environment) }),
  };
}

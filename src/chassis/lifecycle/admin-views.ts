import type { AdminRoute } from '../admin/index.ts';
import type { ClientFactory } from '../client/index.ts';
import { contractVersion } from '../contract/index.ts';
import {
  backlogsRoute,
  clientViews,
  configurationRoute,
  createProfileRecorder,
  policyRoutes,
  processRoute,
  profileRoutes,
  type Backlog,
} from '../diagnostics/index.ts';
import type { InProcessWork } from '../in-process/index.ts';
import type { Registration } from '../registry/index.ts';
import type { Database } from '../store/index.ts';
import type { OpenEvents } from './open-events.ts';
import type { ServiceParts } from './parts.ts';
import type { ServiceDefinition, Wiring } from './service-definition.ts';

/** What the views show, as it comes up while a process starts. */
export interface Shown {
  clients?: ClientFactory;
  database?: Database | undefined;
  registration?: Registration;
  wiring?: Wiring;
  inProcess?: readonly InProcessWork[];
  events?: Pick<OpenEvents, 'backlogs'>;
}

/** What the admin port shows of a process from its first moment, beside health and metrics; `shown` fills while it starts. */
export async function adminViews(
  { process, instance, config, environment, identity, telemetry, clock }: ServiceParts,
  { schema }: Pick<ServiceDefinition, 'schema'>,
  shown: Readonly<Shown>,
): Promise<readonly AdminRoute[]> {
  return [
    configurationRoute(schema, environment),
    ...clientViews(() => shown.clients),
    ...policyRoutes({ targets: () => shown.clients?.status() ?? [], guards: () => shown.wiring?.policies ?? {} }),
    processRoute({
      ...{ process, instance, clock, metrics: telemetry.metrics },
      version: config.VERSION,
      contract: await contractVersion(),
      leaseTtlSeconds: config.ETCD_LEASE_TTL_SECONDS,
      database: () => shown.database,
      certificates: () => identity?.certificates,
      registration: () => shown.registration,
    }),
    backlogsRoute(() => backlogsOf(shown), clock),
    ...profileRoutes(createProfileRecorder(clock)),
  ];
}

function backlogsOf({ wiring, inProcess = [], events }: Readonly<Shown>): readonly Backlog[] {
  return [...(wiring?.backlogs ?? []), ...inProcess.flatMap((work) => work.backlogs()), ...(events?.backlogs ?? [])];
}

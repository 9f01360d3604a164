import type { ChoreographyEvents } from '../choreography/index.ts';
import type { ClientFactoryEvents } from '../client/index.ts';
import type { Events } from '../core/index.ts';
import type { BrokerEvents } from '../events/index.ts';
import type { ServerCallEvents } from '../middleware/server/index.ts';
import type { HttpExchangeEvents } from '../outbound/index.ts';
import type { SagaEvents } from '../saga/index.ts';
import type { DatabaseEvents } from '../store/index.ts';
import { openCrashPoints, type CrashPointsOptions } from './crash-points.ts';

/** Whose events are points. */
export interface WatchedParts {
  readonly server: Events<ServerCallEvents>;
  readonly clients: Events<ClientFactoryEvents>;
  readonly database?: Events<DatabaseEvents> | undefined;
  readonly sagas?: Events<SagaEvents> | undefined;
  readonly exchanges?: Events<HttpExchangeEvents> | undefined;
  readonly parts?: Events<ChoreographyEvents> | undefined;
  readonly broker?: Events<BrokerEvents> | undefined;
}

type Pass = (point: string) => void;

/**
 * Makes every event of the parts a crash point (see openCrashPoints), named after it: `database/before/<statement>`,
 * `database/after/<statement>`, `database/before/COMMIT/<last statement>`, `client/before/<method>`,
 * `server/after/<method>`, `http/before/<METHOD> <route>`, `relay/sent`, `part/before/<step>`, `part/after/<step>`, `part/told/<step>`, `saga/claimed`, `saga/attempt/<step>/<direction>`, `saga/transition/RUNNING-<index of the step>`. Parts emit
 * synchronously, so a point lies exactly before what it is named after is sent, or after its answer has come.
 */
export function watchCrashPoints(options: CrashPointsOptions, parts: WatchedParts): void {
  const { pass } = openCrashPoints(options);
  watchServer(parts.server, pass);
  watchClients(parts.clients, pass);
  if (parts.database !== undefined) watchDatabase(parts.database, pass);
  if (parts.sagas !== undefined) watchSagas(parts.sagas, pass);
  if (parts.exchanges !== undefined) watchExchanges(parts.exchanges, pass);
  if (parts.parts !== undefined) watchParts(parts.parts, pass);
  if (parts.broker !== undefined) watchBroker(parts.broker, pass);
}

function watchServer(events: Events<ServerCallEvents>, pass: Pass): void {
  events.on('started', ({ call }) => pass(`server/before${call.method}`)); // a method begins with a slash
  events.on('ended', ({ call }) => pass(`server/after${call.method}`));
}

function watchClients(events: Events<ClientFactoryEvents>, pass: Pass): void {
  events.on('callStarted', ({ method }) => pass(`client/before${method}`));
  events.on('callEnded', ({ method }) => pass(`client/after${method}`));
}

function watchDatabase(events: Events<DatabaseEvents>, pass: Pass): void {
  events.on('statementStarted', (statement) => pass(`database/before/${statementName(statement)}`));
  events.on('statement', (statement) => pass(`database/after/${statementName(statement)}`));
}

/** One COMMIT is like another; what it commits is not. */
function statementName({ name, after }: DatabaseEvents['statementStarted']): string {
  return name === 'COMMIT' && after !== undefined ? `${name}/${after}` : name;
}

function watchExchanges(events: Events<HttpExchangeEvents>, pass: Pass): void {
  events.on('exchangeStarted', ({ method, route }) => pass(`http/before/${method} ${route}`));
  events.on('exchangeEnded', ({ method, route }) => pass(`http/after/${method} ${route}`));
}

function watchBroker(events: Events<BrokerEvents>, pass: Pass): void {
  events.on('relaying', () => pass('relay/relaying'));
  events.on('sent', () => pass('relay/sent'));
  events.on('published', () => pass('relay/published'));
  events.on('moved', () => pass('relay/moved'));
  events.on('gapFilled', () => pass('courier/gap-filled'));
}

function watchParts(events: Events<ChoreographyEvents>, pass: Pass): void {
  events.on('stepBegun', ({ step }) => pass(`part/before/${step}`));
  events.on('stepDone', ({ step }) => pass(`part/after/${step}`));
  events.on('stepEnded', ({ step }) => pass(`part/told/${step}`));
}

function watchSagas(events: Events<SagaEvents>, pass: Pass): void {
  events.on('claimed', () => pass('saga/claimed'));
  events.on('takenOver', () => pass('saga/taken-over'));
  events.on('attempt', ({ step, direction }) => pass(`saga/attempt/${step}/${direction}`));
  events.on('transition', ({ to }) => pass(`saga/transition/${'step' in to ? `${to.kind}-${to.step}` : to.kind}`));
}

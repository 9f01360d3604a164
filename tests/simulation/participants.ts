import { AppError } from '../../src/chassis/core/index.ts';
import type { StepPlan } from './definitions.ts';

/** One call to a participant, as it arrives there. */
export interface ParticipantCall {
  readonly sagaId: string;
  readonly step: StepPlan;
  readonly kind: 'do' | 'undo';
  /** The request_id. */
  readonly key: string;
  readonly request: SagaRequest;
}

/** What a saga is about; the same in all its calls. */
export interface SagaRequest {
  readonly product: string;
  readonly units: number;
}

/** How the world treats one saga's steps. */
export interface Temper {
  /** Says no for good, by step. */
  readonly refuses: readonly string[];
  /** Says no so often, and yes after that, by step: what was short is there again. */
  readonly wavers: Readonly<Record<string, number>>;
  /** Fails so often before it does anything, by step. */
  readonly fails: Readonly<Record<string, number>>;
  /** The same for its undoing. */
  readonly undoFails: Readonly<Record<string, number>>;
}

/** What has become of one step of one saga at its participant. */
export interface EffectState {
  /** How often the effect was made. */
  applied: number;
  undone: number;
  /** It is there now. */
  stands: boolean;
}

/** Units of one product. */
export interface Shelf {
  readonly initial: number;
  onHand: number;
  reserved: number;
  sold: number;
}

/**
 * The services that sagas call, as ours behave. A command's record, by method and key, is made with its effect, holds the
 * hash of its request, and answers every repetition as the first time, undone since or not. An undo leaves a tombstone
 * and accepts what never happened; a late original is refused. A refusal leaves nothing.
 */
export interface Participants {
  /** Carries a call out in one transaction; throws the AppError that its caller gets. */
  carryOut(call: ParticipantCall): unknown;
  /** Of one saga, by step. */
  effects(sagaId: string): ReadonlyMap<string, EffectState>;
  readonly shelves: ReadonlyMap<string, Shelf>;
}

/** What the participants tell the run, which judges it. */
export interface ParticipantEvents {
  applied(call: ParticipantCall): void;
  undoing(call: ParticipantCall): void;
}

/** Participants that have seen nothing yet. */
export function createParticipants(options: {
  readonly stock: Readonly<Record<string, number>>;
  temperOf(sagaId: string): Temper;
  /** The participants of the step are not there now. */
  isAway(step: string): boolean;
  readonly events: ParticipantEvents;
}): Participants {
  const { temperOf, events } = options;
  const records = new Map<string, { readonly hash: string; readonly response: unknown }>();
  const tombstones = new Set<string>();
  const failures = new Map<string, number>();
  const effects = new Map<string, Map<string, EffectState>>();
  const shelves = new Map<string, Shelf>(
    Object.entries(options.stock).map(([product, initial]) => [
      product,
      { initial, onHand: initial, reserved: 0, sold: 0 },
    ]),
  );

  function effectOf({ sagaId, step }: ParticipantCall): EffectState {
    const ofSaga = effects.get(sagaId) ?? new Map<string, EffectState>();
    effects.set(sagaId, ofSaga);
    const state = ofSaga.get(step.name) ?? { applied: 0, undone: 0, stands: false };
    ofSaga.set(step.name, state);
    return state;
  }

  function stands(sagaId: string, role: StepPlan['role']): boolean {
    return [...(effects.get(sagaId) ?? [])].some(
      ([name, state]) => state.stands && roles.get(`${sagaId}/${name}`) === role,
    );
  }
  const roles = new Map<string, StepPlan['role']>();

  function shelfOf({ product }: SagaRequest): Shelf {
    const shelf = shelves.get(product);
    if (shelf === undefined) throw refusal('NOT_FOUND', 'PRODUCT_NOT_FOUND');
    return shelf;
  }

  /** True as often as it was told to be. */
  function isTold(times: number | undefined, what: string): boolean {
    const before = failures.get(what) ?? 0;
    if (before >= (times ?? 0)) return false;
    failures.set(what, before + 1);
    return true;
  }

  function failIfTold({ sagaId, step, kind }: ParticipantCall): void {
    if (options.isAway(step.name)) throw refusal('UNAVAILABLE', 'AWAY');
    const temper = temperOf(sagaId);
    const times = (kind === 'do' ? temper.fails : temper.undoFails)[step.name];
    if (isTold(times, `fails ${kind} ${sagaId}/${step.name}`)) throw refusal('UNAVAILABLE', 'OUT_OF_ORDER');
  }

  function apply(call: ParticipantCall): unknown {
    const { sagaId, step, key, request } = call;
    if (tombstones.has(key)) throw refusal('FAILED_PRECONDITION', 'UNDONE_BEFORE');
    const { refuses, wavers } = temperOf(sagaId);
    const wavering = isTold(wavers[step.name], `wavers ${sagaId}/${step.name}`);
    if (wavering || refuses.includes(step.name)) throw refusal('FAILED_PRECONDITION', 'REFUSED');
    const shelf = shelfOf(request);
    if (step.role === 'reserve') {
      if (shelf.onHand < request.units) throw refusal('FAILED_PRECONDITION', 'OUT_OF_STOCK');
      shelf.onHand -= request.units;
      shelf.reserved += request.units;
    }
    if (step.role === 'capture' && !stands(sagaId, 'authorize')) {
      throw refusal('FAILED_PRECONDITION', 'PAYMENT_NOT_AUTHORIZED');
    }
    if (step.role === 'sell') {
      if (!stands(sagaId, 'reserve')) throw refusal('FAILED_PRECONDITION', 'RESERVATION_RELEASED');
      shelf.reserved -= request.units;
      shelf.sold += request.units;
    }
    const effect = effectOf(call);
    effect.applied += 1;
    effect.stands = true;
    roles.set(`${sagaId}/${step.name}`, step.role);
    events.applied(call);
    return { reference: `${step.name}-${key.length}` };
  }

  function takeBack(call: ParticipantCall): unknown {
    const { sagaId, step, key, request } = call;
    const effect = effectOf(call);
    if (effect.stands && step.role === 'authorize' && stands(sagaId, 'capture')) {
      throw refusal('FAILED_PRECONDITION', 'PAYMENT_CAPTURED');
    }
    if (effect.stands && step.role === 'reserve' && stands(sagaId, 'sell')) {
      throw refusal('FAILED_PRECONDITION', 'RESERVATION_COMMITTED');
    }
    events.undoing(call);
    tombstones.add(key);
    if (!effect.stands) return {};
    effect.stands = false;
    effect.undone += 1;
    if (step.role === 'reserve') {
      const shelf = shelfOf(request);
      shelf.reserved -= request.units;
      shelf.onHand += request.units;
    }
    return {};
  }

  return {
    carryOut(call) {
      failIfTold(call);
      const method = `${call.step.name}.${call.kind} ${call.key}`;
      const hash = hashOf(call.request);
      const record = records.get(method);
      if (record !== undefined) {
        if (record.hash !== hash) throw refusal('INVALID_ARGUMENT', 'REQUEST_ID_REUSED');
        return record.response;
      }
      const response = call.kind === 'do' ? apply(call) : takeBack(call);
      records.set(method, { hash, response });
      return response;
    },
    effects: (sagaId) => effects.get(sagaId) ?? new Map<string, EffectState>(),
    shelves,
  };
}

function refusal(
  status: 'FAILED_PRECONDITION' | 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'UNAVAILABLE',
  reason: string,
): AppError {
  return new AppError({ status, reason, message: reason.toLowerCase().replaceAll('_', ' ') });
}

/** Fields in an order of their own, as in protobuf: PostgreSQL's jsonb gives an input back with its keys in another order. */
function hashOf({ product, units }: SagaRequest): string {
  return JSON.stringify([product, units]);
}

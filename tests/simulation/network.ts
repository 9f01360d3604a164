import { abortError, AppError } from '../../src/chassis/core/index.ts';
import type { StepContext } from '../../src/chassis/saga/index.ts';
import type { StepPlan } from './definitions.ts';
import type { Participants, SagaRequest } from './participants.ts';
import type { Life } from './process.ts';
import { hopMs, type World } from './world.ts';

/** What goes wrong with one call. */
export type CallFault =
  | 'request lost'
  | 'reply lost'
  /** Its caller hears nothing, or that the connection broke; it is carried out much later, perhaps after its undoing. */
  | 'late'
  /** Carried out again later. */
  | 'twice'
  /** Answered so late that its caller may have given up. */
  | 'slow'
  /** The participant is not there. */
  | 'unavailable';

/** How far a call has come: sent by its process, carried out, or its answer is about to reach the process. */
export type CallPoint = `${'do' | 'undo'} ${'asked' | 'done' | 'learned'}`;

/** Calls from processes to participants. */
export interface Network {
  call(life: Life, step: StepPlan, kind: 'do' | 'undo', context: StepContext<SagaRequest, object>): Promise<unknown>;
}

/** A network between all processes and all participants. */
export function createNetwork(options: {
  readonly world: World;
  readonly participants: Participants;
  /** The fault of this process's next call of this sort, if it has one. */
  faultOf(life: Life, sort: 'do' | 'undo'): CallFault | undefined;
  point(life: Life, what: CallPoint): void;
}): Network {
  const { world, participants, faultOf, point } = options;
  const { schedule, trace } = world;
  const chance = world.chance('network');

  return {
    call(life, step, kind, { sagaId, key, input, attempt, signal }) {
      return new Promise((resolve, reject) => {
        if (life.state === 'dead') return; // code that ran on after its end
        if (signal.aborted) return reject(abortError(signal));
        const about = [world.nameOf(sagaId)];
        const label = kind === 'do' ? step.name : `undo-${step.name}`;
        const fault = world.isCalm ? undefined : faultOf(life, kind);
        trace.tell(life.name, about, `asks for ${label} #${attempt}${fault === undefined ? '' : ` (${fault})`}`);
        let cancelled = false;
        let refused = false;
        let answered = false;

        const answer = (ms: number, what: string, deliver: () => void) => {
          if (answered) return;
          answered = true;
          schedule.after(ms, () => {
            if (life.state === 'dead') return;
            trace.tell(life.name, about, `learns: ${label} ${what}`);
            point(life, `${kind} learned`);
            life.deliver(deliver);
          });
        };
        const breakOff = (ms: number) => answer(ms, 'broke off', () => reject(unavailable()));
        const carryOut = (again: boolean) => {
          // A pivot is never undone, so its participant keeps a refusal for every copy of the request.
          if (cancelled || refused) return;
          const who = step.role === 'thing' ? 'service' : step.role;
          const told = (text: string) => trace.tell(who, about, `${label}${again ? ' (again)' : ''}: ${text}`);
          try {
            const response = participants.carryOut({ sagaId, step, kind, key, request: input });
            told('done');
            answer(hopMs(world, chance) + (fault === 'slow' ? chance.between(100, 8_000) : 0), 'is done', () =>
              resolve(response),
            );
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            told(error.reason);
            refused = step.kind === 'pivot' && error.status !== 'UNAVAILABLE';
            answer(hopMs(world, chance), `fails: ${error.reason}`, () => reject(error));
          }
          point(life, `${kind} done`);
        };

        // Cancelling reaches the participant in time, or does not.
        const heedsCancel = chance.happens(0.3);
        signal.addEventListener('abort', () => {
          answered = true;
          if (heedsCancel) cancelled = true;
          reject(abortError(signal));
        });
        point(life, `${kind} asked`);
        if (fault === 'unavailable') return breakOff(hopMs(world, chance));
        if (fault === 'request lost') {
          if (chance.happens(0.5)) breakOff(chance.between(1, 500));
          return;
        }
        if (fault === 'reply lost' || fault === 'late') {
          if (chance.happens(0.5)) breakOff(chance.between(1, 300));
          else answered = true;
        }
        const lateMs = fault !== 'late' ? 0 : chance.between(50, chance.happens(0.3) ? 60_000 : 4_000);
        schedule.after(hopMs(world, chance) + lateMs, () => carryOut(false));
        if (fault === 'twice')
          schedule.after(chance.between(1, chance.happens(0.3) ? 30_000 : 1_500), () => carryOut(true));
      });
    },
  };
}

function unavailable(): AppError {
  return new AppError({ status: 'UNAVAILABLE', reason: 'BROKEN_OFF', message: 'the connection broke off' });
}

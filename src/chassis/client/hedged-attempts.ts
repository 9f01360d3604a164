import { HEADERS, statusName, type DeadlineEntry, type StatusName } from '../core/index.ts';
import { codeOf, type AttemptOutcome, type FailedOutcome, type HedgingPolicy } from '../middleware/client/index.ts';
import { makeAttempt, makeHedge, tellCaller, type Attempted } from './unary-attempt.ts';

/** What hedges are sent by. */
export interface HedgingTerms {
  readonly policy: HedgingPolicy;
  /** After so many milliseconds an attempt is slow. */
  readonly delayMs: number;
  /** Pays for a hedge; false: there is nothing left, do not send it. */
  readonly withdraw: () => boolean;
  /** A hedge was sent. */
  readonly onSent: () => void;
  /** A hedge, and not the first attempt, gave the answer. */
  readonly onWon: () => void;
}

/**
 * Makes an attempt, and another one elsewhere whenever the last is slow: the first answer is the call's, and the others are
 * cancelled. Ends as makeAttempt does; a failure that is not fatal leaves the call to the attempts still under way, and is
 * the outcome when there are none. A pushback, whatever it says, ends the hedging and leaves the rest to the retries.
 * Source: gRFC A6
 */
export function makeHedgedAttempts(attempted: Attempted, terms: HedgingTerms): Promise<AttemptOutcome> {
  return new Promise((resolve, reject) => new HedgedAttempts(attempted, terms, { resolve, reject }).begin());
}

/** The attempts of one call, and its place in the wheel while another may be sent. */
class HedgedAttempts implements DeadlineEntry {
  deadlineMs = 0;
  wheelTick = 0;
  wheelNext: DeadlineEntry | undefined = undefined;
  wheelPrevious: DeadlineEntry | undefined = undefined;
  private readonly attempted: Attempted;
  /** As its attempts see it: only the one that answers tells the caller of its headers and trailers. */
  private readonly silent: Attempted;
  private readonly terms: HedgingTerms;
  private readonly ends: { resolve(outcome: AttemptOutcome): void; reject(error: unknown): void };
  private sent = 0;
  private underWay = 0;
  private isOver = false;
  private mayHedge = true;

  constructor(attempted: Attempted, terms: HedgingTerms, ends: HedgedAttempts['ends']) {
    const { options } = attempted;
    const { onHeader, onTrailer, ...silent } = options;
    this.attempted = attempted;
    this.silent = onHeader === undefined && onTrailer === undefined ? attempted : { ...attempted, options: silent };
    this.terms = terms;
    this.ends = ends;
  }

  begin(): void {
    this.follow(makeAttempt(this.silent));
    this.awaitSlowness();
  }

  /** For the wheel: the last attempt is slow. */
  expire(): void {
    const { call } = this.attempted;
    if (this.isOver || call.endedBy !== undefined || call.subchannel === undefined) return; // the first one is not even sent
    const hedge = makeHedge(this.silent, this.terms.withdraw);
    if (hedge === undefined) return;
    this.terms.onSent();
    this.follow(hedge);
    this.awaitSlowness();
  }

  private awaitSlowness(): void {
    const { parts, call } = this.attempted;
    this.deadlineMs = parts.clock.monotonicMs() + this.terms.delayMs;
    if (!this.mayHedge || this.sent >= this.terms.policy.maxAttempts || this.deadlineMs >= call.deadlineMs) return;
    parts.deadlines.add(this);
  }

  private follow(attempt: Promise<AttemptOutcome>): void {
    const isHedge = this.sent > 0;
    this.sent += 1;
    this.underWay += 1;
    attempt.then(
      (outcome) => this.onOutcome(outcome, isHedge),
      (error: unknown) => {
        this.end();
        this.ends.reject(error);
      },
    );
  }

  private onOutcome(outcome: AttemptOutcome, isHedge: boolean): void {
    this.underWay -= 1;
    if (this.isOver) return;
    if (outcome.kind !== 'reply' && !this.isFatal(outcome)) {
      this.mayHedge = false;
      this.attempted.parts.deadlines.remove(this);
      if (this.underWay > 0) return;
    }
    if (isHedge && outcome.kind === 'reply') this.terms.onWon();
    this.end();
    tellCaller(this.attempted.options, outcome);
    this.ends.resolve(outcome);
  }

  private isFatal(outcome: FailedOutcome): boolean {
    if (outcome.kind === 'timed out') return false;
    if (outcome.kind === 'failure' && outcome.trailer?.has(HEADERS.retryPushback) === true) return true;
    const status: StatusName = statusName(codeOf(outcome));
    return !(this.terms.policy.nonFatalStatusCodes as readonly StatusName[]).includes(status); // OK is none of them
  }

  private end(): void {
    this.isOver = true;
    this.attempted.parts.deadlines.remove(this);
    this.attempted.call.dropAttempts();
  }
}

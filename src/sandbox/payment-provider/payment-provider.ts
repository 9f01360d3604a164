import { newId as systemNewId, systemClock, type Clock, type NewId } from '../../chassis/core/index.ts';
import { startHttpServer } from '../http/index.ts';
import { openOperationLog } from '../journal/index.ts';
import { createMutations, DEFAULT_LATE_MS, logRoutes } from '../mutation/index.ts';
import type { SandboxEvent } from '../sandbox-event.ts';
import { createLedger } from './ledger.ts';
import { paymentRoutes } from './routes.ts';
import { answerTo, describe } from './wire.ts';

/** How a payment provider is made. */
export interface PaymentProviderOptions {
  /** Default "127.0.0.1". */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** The append-only ledger, made when absent; what is in it is there again after a restart. */
  readonly ledgerFile: string;
  readonly clock?: Clock;
  readonly newId?: NewId;
  /** How late the late test cards are, in milliseconds. Default 8,000. */
  readonly lateMs?: number;
  readonly onEvent?: (event: SandboxEvent) => void;
}

/** A running provider. */
export interface PaymentProvider {
  /** The base of its HTTP API, without a slash at the end. */
  readonly url: string;
  /** Ends late answers unsent, closes the ledger. */
  close(): Promise<void>;
}

/**
 * A card payment provider as a merchant sees one: tokens, authorizations, captures, voids, refunds, a ledger to
 * reconcile with. Every answer is on disk before it is sent. Rejects when the port is taken or the ledger is damaged.
 */
export async function createPaymentProvider(options: PaymentProviderOptions): Promise<PaymentProvider> {
  const { ledgerFile, clock = systemClock, newId = systemNewId, lateMs = DEFAULT_LATE_MS, onEvent } = options;
  const ledger = createLedger();
  const log = await openOperationLog({ file: ledgerFile, clock, newId, apply: ledger.apply });
  if (log.repairedBytes > 0) onEvent?.({ kind: 'journal-repaired', file: ledgerFile, bytes: log.repairedBytes });

  const closing = new AbortController();
  const mutations = createMutations({ log, answerTo, clock, lateMs, signal: closing.signal });
  try {
    const server = await startHttpServer({
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      routes: [
        ...paymentRoutes({ ledger, mutations, clock, newId }),
        ...logRoutes({ log, mutations, answerTo, describe }),
      ],
      beforeAnswer: log.settled,
      onEvent,
    });
    return {
      url: server.url,
      async close() {
        closing.abort();
        await server.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

import { STOP, type SideReply } from './side-process.ts';

/** What a side does. */
export interface SideAnswers<Request extends { readonly kind: string }> {
  /** Told to the bench once: the side is ready. */
  readonly ready: unknown;
  answer(request: Request): Promise<unknown>;
  /** Closes what is open; the process ends by itself then. */
  stop(): Promise<void>;
}

/** Answers a bench's requests, over IPC (side-process.ts). The bench ends this process; it ends by itself when the bench is gone. */
export function answerRequests<Request extends { readonly kind: string }>(side: SideAnswers<Request>): void {
  process.once('disconnect', () => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined); // Ctrl-C is the bench's to handle
  process.on('message', (request: Request | typeof STOP) => {
    const answered = isStop(request) ? side.stop() : side.answer(request);
    answered.then(
      (value) => reply({ kind: 'value', value }),
      (error: unknown) => reply({ kind: 'failed', text: error instanceof Error ? (error.stack ?? '') : String(error) }),
    );
  });
  reply({ kind: 'value', value: side.ready });
}

function isStop(request: { readonly kind: string }): request is typeof STOP {
  return request.kind === STOP.kind;
}

function reply(message: SideReply): void {
  process.send?.(message);
}

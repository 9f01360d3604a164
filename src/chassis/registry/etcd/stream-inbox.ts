import type { IResponseStream } from 'etcd3';

import { abortError, type Clock } from '../../core/index.ts';

/** The messages of a stream, read one by one. */
export interface StreamInbox<Message> {
  /**
   * The next message, or undefined when `timeoutMs` passed without one; rejects when the stream failed or ended, and with
   * an AbortError when the signal fires. One reader at a time.
   */
  next(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<Message | undefined>;
}

/** Listens from now on, for as long as the stream lives: an error nobody waits for must not end the process. */
export function createStreamInbox<Message>(stream: IResponseStream<Message>, clock: Clock): StreamInbox<Message> {
  const messages: Message[] = [];
  let failure: unknown;
  let wake: () => void = () => undefined;
  stream.on('data', (message) => {
    messages.push(message);
    wake();
  });
  stream.on('error', (error) => {
    failure ??= error;
    wake();
  });
  stream.on('end', () => {
    failure ??= new Error('etcd ended the stream');
    wake();
  });

  return {
    next: ({ signal, timeoutMs }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(abortError(signal));
        const settle = (done: () => void) => {
          wake = () => undefined;
          timer.cancel();
          signal.removeEventListener('abort', onAbort);
          done();
        };
        const onAbort = () => settle(() => reject(abortError(signal)));
        const timer = clock.setTimer(timeoutMs, () => settle(() => resolve(undefined)));
        signal.addEventListener('abort', onAbort);
        wake = () => {
          const message = messages.shift();
          if (message !== undefined) settle(() => resolve(message));
          else if (failure !== undefined) settle(() => reject(failure));
        };
        wake();
      }),
  };
}

/** What comes in over a stream, looked at when there is time for it: the next message is asked for once the last was taken. */
export interface Mailbox<Message> {
  /** The message that has arrived, if one has. Throws what the stream ended with, when that was an error. */
  take(): Message | undefined;
  /** True once the other side has closed and its last message was taken. */
  readonly ended: boolean;
}

type State<Message> =
  | { readonly type: 'waiting' }
  | { readonly type: 'arrived'; readonly message: Message }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly error: unknown };

/** Opens it. `onArrival` is called when there is something to take: a message, the end, an error. */
export function openMailbox<Message>(source: AsyncIterable<Message>, onArrival: () => void): Mailbox<Message> {
  const iterator = source[Symbol.asyncIterator]();
  let state: State<Message> = { type: 'waiting' };

  function ask(): void {
    state = { type: 'waiting' };
    const arrive = (next: State<Message>) => {
      state = next;
      onArrival();
    };
    iterator.next().then(
      ({ done, value }) => arrive(done ? { type: 'ended' } : { type: 'arrived', message: value }),
      (error: unknown) => arrive({ type: 'failed', error }),
    );
  }
  ask();

  return {
    take() {
      if (state.type === 'failed') throw state.error;
      if (state.type !== 'arrived') return undefined;
      const { message } = state;
      ask();
      return message;
    },
    get ended() {
      return state.type === 'ended';
    },
  };
}

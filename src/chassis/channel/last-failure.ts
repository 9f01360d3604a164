/** The last time an endpoint's connection or shared stream went wrong. */
export interface ChannelFailure {
  readonly kind: 'cannot connect' | 'connection lost' | 'shared stream lost';
  /** What the peer or the network said, where that is known. */
  readonly message: string | undefined;
  /** On the monotonic clock, in milliseconds. */
  readonly atMs: number;
}

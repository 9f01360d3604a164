/** How unary calls go out. auto: as the endpoint offers. multiplexed: the shared stream is tried even where it is not offered. */
export type TransportChoice = 'auto' | 'plain' | 'multiplexed';

/** Whether calls may share a stream; opening it finds out whether the peer really has it. */
export function sharesStream(choice: TransportChoice, offers: readonly string[]): boolean {
  return choice === 'multiplexed' || (choice === 'auto' && offers.includes('multiplexed'));
}

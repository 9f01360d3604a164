/**
 * Keeps the process alive until the returned function is called: for a wait that somebody awaits while nothing else that
 * is open would hold the event loop. Node otherwise ends a program in the middle of an `await`, with exit code 13.
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, 2 ** 30);
  return () => clearInterval(timer);
}

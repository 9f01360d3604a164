/**
 * GET, asked once more where the connection that was kept from an earlier question turns out to be gone: its server was
 * killed and has started again since.
 */
export async function ask(url: string): Promise<Response> {
  return fetch(url).catch(() => fetch(url));
}

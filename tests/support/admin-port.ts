import { get } from 'node:http';

/** What a process says at its admin port; the connection is not kept, so that nothing of it is counted later. */
export function askAdminPort(
  address: string,
  path: string,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = get(`http://${address}${path}`, { agent: false, timeout: 5_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode, body })).on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${address} does not answer`))).on('error', reject);
  });
}

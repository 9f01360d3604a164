import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createAdminServer, type AdminServer } from '../../../../src/chassis/admin/index.ts';
import { systemClock } from '../../../../src/chassis/core/index.ts';
import { createProfileRecorder, profileRoutes } from '../../../../src/chassis/diagnostics/index.ts';
import { eventually } from '../../../support/eventually.ts';

let server: AdminServer;
let url: string;

beforeEach(async () => {
  const routes = profileRoutes(createProfileRecorder(systemClock));
  server = createAdminServer({
    health: async () => ({ isReady: true, status: 'healthy', components: {} }),
    metrics: async () => ({ type: 'text/plain', body: '' }),
    routes: () => routes,
  });
  url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
});
afterEach(() => server.close());

const post = (path: string, signal?: AbortSignal) =>
  fetch(`${url}${path}`, { method: 'POST', ...(signal && { signal }) });

/** What this test spends its time in. */
function burn(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) Math.sqrt(endMs);
}

describe('profileRoutes', () => {
  it('answers a CPU profile that names what the time went to', async () => {
    const busy = setInterval(() => burn(20), 25);
    const response = await post('/profiles/cpu?seconds=1');
    clearInterval(busy);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="tradewind.cpuprofile"');
    const profile = (await response.json()) as { nodes: { callFrame: { functionName: string } }[]; samples: number[] };
    expect(profile.nodes.map(({ callFrame }) => callFrame.functionName)).toContain('burn');
    expect(profile.samples.length).toBeGreaterThan(10);
  });

  it('answers a sampled heap profile: sizes by function, and nothing of what the memory holds', async () => {
    const held: string[] = [];
    const fill = setInterval(() => held.push(`planted-text-${Math.random()}`.repeat(20_000)), 5);
    const response = await post('/profiles/heap?seconds=1');
    clearInterval(fill);
    const text = await response.text();
    expect(Object(JSON.parse(text))).toMatchObject({ head: { callFrame: { functionName: '(root)' } } });
    expect(text).not.toContain('planted-text');
    expect(held.length).toBeGreaterThan(0);
  });

  it.each(['0', '61', '1.5', '-1', 'x', ''])('refuses to take one for %p seconds', async (seconds) => {
    const response = await post(`/profiles/cpu?seconds=${seconds}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('must be a whole number from 1 to 60');
  });

  it('takes one at a time, and ends it when whoever asked leaves', async () => {
    const leave = new AbortController();
    const first = post('/profiles/cpu?seconds=60', leave.signal).catch(() => 'left');
    await eventually(async () => {
      const second = await post('/profiles/heap?seconds=1');
      expect(second.status).toBe(409);
      expect(await second.json()).toMatchObject({ details: [{ reason: 'PROFILE_RUNNING' }] });
    });
    leave.abort();
    expect(await first).toBe('left');
    await eventually(async () => expect((await post('/profiles/cpu?seconds=1')).status).toBe(200), {
      timeoutMs: 20_000,
    });
  });

  it('is not for GET, which follows links', async () => {
    expect((await fetch(`${url}/profiles/cpu`)).status).toBe(405);
  });
});

import { planOf } from './plan.ts';
import { simulate } from './simulate.ts';
const from = Number(process.argv[2] ?? 0),
  n = Number(process.argv[3] ?? 100);
const t = performance.now();
const c = process.cpuUsage();
let ev = 0,
  bad = 0,
  worst = 0;
const kinds = new Map<string, { n: number; seeds: number[] }>();
const st = { COMPLETED: 0, COMPENSATED: 0, other: 0 };
for (let s = from; s < from + n; s++) {
  const r = await simulate(planOf(s));
  ev += r.events.length;
  worst = Math.max(worst, r.settledMs);
  for (const k of ['COMPLETED', 'COMPENSATED', 'other'] as const) st[k] += r.sagas[k];
  if (r.breaches.length) {
    bad++;
    for (const b of r.breaches) {
      const k = b.text.replace(/[\d.]+/g, 'N');
      const e = kinds.get(k) ?? { n: 0, seeds: [] };
      e.n++;
      e.seeds.push(s);
      kinds.set(k, e);
    }
  }
}
const u = process.cpuUsage(c);
console.log({ n, ms: (performance.now() - t) / n, cpu: (u.user + u.system) / 1000 / n, ev: ev / n, bad, worst, st });
for (const [k, e] of [...kinds].sort((a, b) => b[1].n - a[1].n).slice(0, 40))
  console.log(e.n, k, [...new Set(e.seeds)].slice(0, 8).join());

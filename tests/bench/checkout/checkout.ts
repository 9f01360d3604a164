import type { Bench } from '../bench.ts';
export const checkout: Bench = async () => ({ rows: [], text: '' });

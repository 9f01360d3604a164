import type { PickResult } from '../picker.ts';

/** A pick that chose somebody. Policies make these once per endpoint, so that a pick allocates nothing. */
export type Picked = Extract<PickResult, { readonly kind: 'picked' }>;

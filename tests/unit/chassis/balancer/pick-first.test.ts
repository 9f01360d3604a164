import { describe, expect, it } from '@jest/globals';

import { addressOf, callInfo, endpoint, equalFleet, policyOf } from './fleet.ts';

describe('createPickFirst', () => {
  const [a, b, c] = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'].map((address) => endpoint(address)) as [
    ReturnType<typeof endpoint>,
    ReturnType<typeof endpoint>,
    ReturnType<typeof endpoint>,
  ];

  it('sends every call to the first of the list', () => {
    const picker = policyOf({ kind: 'pick_first' }).createPicker([a, b, c]);
    expect(Array.from({ length: 5 }, () => addressOf(picker))).toEqual(Array(5).fill('10.0.0.1:1'));
  });

  it('stays where it is when others come before, and moves when that one is gone', () => {
    const policy = policyOf({ kind: 'pick_first' });
    expect(addressOf(policy.createPicker([b, c]))).toBe('10.0.0.2:1');
    expect(addressOf(policy.createPicker([a, b, c]))).toBe('10.0.0.2:1');
    expect(addressOf(policy.createPicker([a, c]))).toBe('10.0.0.1:1');
    expect(addressOf(policy.createPicker([b, a, c]))).toBe('10.0.0.1:1');
  });

  it('sends a retry to the next one, and stays', () => {
    const picker = policyOf({ kind: 'pick_first' }).createPicker([a, b, c]);
    expect(addressOf(picker, callInfo({ avoid: a.subchannel }))).toBe('10.0.0.2:1');
    expect(addressOf(picker)).toBe('10.0.0.1:1');
  });

  it('begins anywhere when it shuffles, so that many clients do not all choose the same', () => {
    const ready = equalFleet(5);
    const firsts = Array.from({ length: 100 }, (_, seed) =>
      addressOf(policyOf({ kind: 'pick_first', shuffle: true }, { seed }).createPicker(ready)),
    );
    expect(new Set(firsts).size).toBe(5);
  });
});

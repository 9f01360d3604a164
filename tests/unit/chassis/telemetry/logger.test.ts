import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { Secret } from '../../../../src/chassis/config/index.ts';
import { AppError, runInCall, type CallContext } from '../../../../src/chassis/core/index.ts';
import { createLogger } from '../../../../src/chassis/telemetry/index.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): {
  text: string;
  line: Record<string, unknown>;
} {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  write(createLogger({ process: 'order', instance: 'order-1', level: 'info', destination }));
  return { text, line: JSON.parse(text) as Record<string, unknown> };
}

const call: CallContext = {
  callId: 'c-1',
  method: '/tradewind.order.v1.OrderService/PlaceOrder',
  deadlineMs: undefined,
  principal: { userId: 'u-1', roles: [] },
  authorization: 'Bearer abc',
  signal: undefined,
  isRetry: false,
};

describe('createLogger', () => {
  it('writes who logs, and the ids of the call that is being served', () => {
    const { line } = logged((logger) => runInCall(call, () => logger.info('placed')));

    expect(line).toMatchObject({
      level: 'info',
      process: 'order',
      instance: 'order-1',
      callId: 'c-1',
      userId: 'u-1',
      method: call.method,
      msg: 'placed',
    });
  });

  it("writes the ids of the call's trace also where no span records it", () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const { line } = logged((logger) =>
      runInCall({ ...call, trace: { traceparent, tracestate: undefined } }, () => logger.info('placed')),
    );

    expect(line).toMatchObject({ trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' });
  });

  it('calls an error by its own name, whatever a bundler has called its class', () => {
    class _ParcelLost extends Error {
      override readonly name = 'ParcelLost';
    }
    const { line } = logged((logger) => logger.error({ err: new _ParcelLost('gone') }, 'so it was'));

    expect(line).toMatchObject({ err: { type: 'ParcelLost', message: 'gone' } });
  });

  it('writes no call outside of one', () => {
    expect(logged((logger) => logger.info('up')).line).not.toHaveProperty('callId');
  });

  it('hides passwords, tokens, cards and secrets wherever they stand', () => {
    const { text } = logged((logger) =>
      logger.info({
        password: 'hunter2',
        request: { authorization: 'Bearer hunter2', card: { number: 'hunter2' } },
        a: { b: { token: 'hunter2' } },
        url: new Secret('postgres://u:hunter2@h/d'),
      }),
    );

    expect(text).not.toContain('hunter2');
    expect(text).toContain('[secret]');
  });

  it('writes an error with its reason and its cause', () => {
    const error = new AppError({
      status: 'INTERNAL',
      reason: 'BROKEN',
      message: 'broken',
      cause: new Error('the wire'),
    });

    const { line } = logged((logger) => logger.error({ err: error }, 'failed'));

    expect(line['err']).toMatchObject({ reason: 'BROKEN', message: 'broken', cause: { message: 'the wire' } });
  });
});

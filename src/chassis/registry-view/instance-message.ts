import type { Instance as InstanceMessage } from '../../../gen/tradewind/registry/v1/registry.ts';
import { DEFAULT_TRANSPORTS, DEFAULT_WEIGHT, type Instance } from '../registry/index.ts';

/** An instance as the contract writes it. */
export function toMessage(instance: Instance): InstanceMessage {
  const started = Date.parse(instance.startedAt);
  return {
    process: instance.process,
    id: instance.id,
    address: instance.address,
    weight: instance.weight,
    zone: instance.zone,
    version: instance.version,
    startTime: Number.isNaN(started) ? undefined : new Date(started),
    adminAddress: instance.adminAddress ?? '',
    metadata: { ...instance.metadata },
    transports: [...(instance.transports ?? DEFAULT_TRANSPORTS)],
  };
}

/** What a program asks to have listed. */
export function fromMessage(message: InstanceMessage, now: Date): Instance {
  return {
    process: message.process,
    id: message.id,
    address: message.address,
    weight: message.weight ?? DEFAULT_WEIGHT,
    zone: message.zone,
    version: message.version,
    startedAt: (message.startTime ?? now).toISOString(),
    ...(message.adminAddress === '' ? {} : { adminAddress: message.adminAddress }),
    metadata: { ...message.metadata },
    ...(message.transports.length === 0 ? {} : { transports: message.transports }),
  };
}

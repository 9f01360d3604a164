import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { InstanceMessage } from './instance.ts';
import { nowMs } from './place.ts';

/** One instance, as the bench sees it. */
export interface InstanceProcess extends AsyncDisposable {
  /** Tells it to register; resolves with when it began to. */
  register(): Promise<number>;
  /** When its first call came; waits for it. */
  readonly firstCallMs: Promise<number>;
  /** SIGKILL; resolves with when that was. */
  kill(): Promise<number>;
}

/** Starts an instance that listens and is not registered yet. */
export async function startInstance(etcd: string, id: string): Promise<InstanceProcess> {
  const child = fork(fileURLToPath(new URL('./instance.ts', import.meta.url)), [etcd, id], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const told = <Kind extends InstanceMessage['kind']>(kind: Kind) =>
    new Promise<Extract<InstanceMessage, { kind: Kind }>>((resolve, reject) => {
      const onMessage = (message: InstanceMessage) => {
        if (message.kind !== kind) return;
        child.off('message', onMessage);
        resolve(message as Extract<InstanceMessage, { kind: Kind }>); // its kind was just compared
      };
      child.on('message', onMessage);
      child.once('exit', () => reject(new Error(`instance ${id} ended`)));
    });
  const firstCall = told('firstCall');
  firstCall.catch(() => undefined); // one that is killed before its first call
  await told('listening');
  const kill = async () => {
    const atMs = nowMs();
    child.kill('SIGKILL');
    await exited;
    return atMs;
  };
  return {
    async register() {
      const registering = told('registering');
      child.send('register');
      return (await registering).atMs;
    },
    firstCallMs: firstCall.then(({ atMs }) => atMs),
    kill,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await kill();
    },
  };
}

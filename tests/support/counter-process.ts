import { startServiceProcess, type ServiceProcess, type ServiceProcessOptions } from './service-process.ts';

/** A replica of the counter service in a process of its own. */
export type CounterProcess = ServiceProcess;

/** How a replica is started. */
export interface CounterProcessOptions extends Omit<ServiceProcessOptions, 'main' | 'environment'> {
  /** Common to all replicas. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts it and resolves when it is registered and serves. */
export function startCounterProcess({
  folder,
  environment,
  ...options
}: CounterProcessOptions): Promise<CounterProcess> {
  return startServiceProcess({
    ...options,
    main: './counter-main.ts',
    environment: { FOLDER: folder, ...environment },
  });
}

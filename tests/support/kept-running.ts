import { startServiceProcess, type ServiceProcess, type ServiceProcessOptions } from './service-process.ts';

/** A process that is started again whenever it dies, as under a supervisor. */
export interface KeptRunning extends AsyncDisposable {
  readonly instance: string;
  /** How often it was started again. */
  readonly restarts: number;
  /** SIGKILL; it is started again. */
  kill(): Promise<void>;
  /** SIGKILL, and no new start. */
  stop(): Promise<void>;
}

const BETWEEN_STARTS_MS = 50;

/** Starts it; resolves when it serves for the first time. */
export async function keepServiceRunning(options: ServiceProcessOptions): Promise<KeptRunning> {
  let stopped = false;
  let restarts = 0;
  let current: ServiceProcess | undefined = await startServiceProcess(options);

  async function supervise(): Promise<void> {
    while (!stopped) {
      if (current?.isRunning !== true) {
        restarts += 1;
        current = await startServiceProcess(options).catch(() => undefined); // it died before it served
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_STARTS_MS));
    }
    await current?.kill();
  }
  const supervising = supervise();
  const stop = async () => {
    stopped = true;
    await supervising;
  };
  return {
    instance: options.instance,
    get restarts() {
      return restarts;
    },
    kill: async () => current?.kill(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { connect } from 'amqplib';

import { eventually } from './eventually.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { startRealServer, type RealServer } from './real-server.ts';

/** A real RabbitMQ of one node, without plugins. It takes some four seconds to start: let a test file share one. */
export interface RealRabbitmq extends RealServer {
  /** `amqp://host:port`, for the user guest; stays the same through `start()`. */
  readonly url: string;
  /** Erlang's port mapper, which the node asks for its name. */
  readonly portMapper: RealServer;
  /**
   * Resolves once a kill leaves every quorum queue usable. RabbitMQ 3.10 saves the list of those it runs up to two
   * seconds after it has declared one; one that is missing there still exists after a start and can be declared, but
   * confirms nothing and delivers nothing.
   */
  queuesAreSaved(): Promise<void>;
  /** Has `rabbitmqctl` do something, which takes it some seconds; rejects with what it says when it cannot. */
  control(...words: readonly string[]): Promise<void>;
}

const run = promisify(execFile);

/** Debian's start script. The one on the PATH wants to be root, and then runs as another user in the system's folders. */
const START_SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmq-server';

const CONTROL_SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmqctl';

const NODE_NAME = 'test@localhost';

/** Whether this machine has RabbitMQ (Debian: `apt-get install rabbitmq-server`); use it with describeIf. */
export function hasRealRabbitmq(): boolean {
  return existsSync(START_SCRIPT) && findProgram('epmd') !== undefined;
}

/**
 * Starts a real RabbitMQ on free ports, ready to be called; undefined when none is installed. Erlang's port mapper, epmd,
 * is one of its own: the one that a node starts when it finds none outlives it.
 */
export async function realRabbitmq(): Promise<RealRabbitmq | undefined> {
  const epmd = findProgram('epmd');
  if (epmd === undefined || !hasRealRabbitmq()) return undefined;
  const [port, nodePort, epmdPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const portMapper = await startRealServer({
    name: 'epmd',
    program: epmd,
    arguments: () => ['-address', '127.0.0.1', '-port', String(epmdPort)],
    isReady: () => canConnect(epmdPort), // before the node looks: it would start one itself
    startTimeoutMs: 15_000,
  });
  const url = `amqp://127.0.0.1:${port}`;
  const environmentIn = (directory: string) => nodeEnvironment(directory, { port, nodePort, epmdPort });
  const startBroker = () =>
    startRealServer({
      name: 'rabbitmq',
      program: START_SCRIPT,
      environment: environmentIn,
      isReady: async () => {
        const connection = await connect(url);
        await connection.close();
      },
      startTimeoutMs: 60_000,
    });
  const broker = await startBroker().catch(async (error: unknown) => {
    await portMapper.close();
    throw error;
  });
  const close = async () => {
    await broker.close();
    await portMapper.close();
  };
  return {
    ...broker,
    url,
    portMapper,
    queuesAreSaved: () => queuesAreSaved(broker.directory),
    async control(...words) {
      const env = { PATH: process.env['PATH'], ...environmentIn(broker.directory) };
      await run(CONTROL_SCRIPT, [...words], { env });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function canConnect(port: number): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** The list is a table of Erlang's dets, whose third word says whether all that was written to it is saved. */
async function queuesAreSaved(directory: string): Promise<void> {
  const list = join(directory, 'data', NODE_NAME, 'quorum', NODE_NAME, 'names.dets');
  await eventually(async () => {
    if ((await readFile(list)).readUInt32BE(8) !== 1) throw new Error('the list of quorum queues is not saved yet');
  });
}

/** The ports a node listens on or asks, all on 127.0.0.1. */
interface NodePorts {
  readonly port: number;
  /** For other nodes and for rabbitmqctl. */
  readonly nodePort: number;
  readonly epmdPort: number;
}

/** Moves all that Debian keeps in the system's folders into the directory; see rabbitmq.com/configure.html. */
function nodeEnvironment(directory: string, { port, nodePort, epmdPort }: NodePorts): Readonly<Record<string, string>> {
  return {
    HOME: directory, // where the Erlang cookie is made
    RUNNING_UNDER_SYSTEMD: 'true', // has the start script become the Erlang VM, where it else starts it as a child
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_NODENAME: NODE_NAME,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(nodePort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_MNESIA_BASE: join(directory, 'data'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: join(directory, 'pid'),
    RABBITMQ_CONF_ENV_FILE: join(directory, 'no-environment'),
    RABBITMQ_CONFIG_FILE: join(directory, 'no-configuration'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(directory, 'no-advanced-configuration'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'no-plugins-enabled'),
    RABBITMQ_PLUGINS_DIR: join(directory, 'no-plugins'), // nothing to look through, which is a second of its start
  };
}

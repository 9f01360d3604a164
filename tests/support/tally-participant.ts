import { invalidArgument, AppError } from '../../src/chassis/core/index.ts';
import { createParticipant, type Effect, type FastForm } from '../../src/chassis/participant/index.ts';
import type { Database, MessageCodec, Queryable } from '../../src/chassis/store/index.ts';

/** "Add so much to that tally, which never passes 100." */
export interface AddRequest {
  readonly requestId: string;
  readonly tally: string;
  readonly amount: number;
}

/** The tally after it. */
export interface AddResponse {
  readonly total: number;
  readonly version: number;
}

/** JSON where a service has a generated message. */
export function jsonCodec<Message>(): MessageCodec<Message> {
  return {
    encode: (message) => ({ finish: () => Buffer.from(JSON.stringify(message)) }),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Message, // written by encode above
  };
}

/** The tables of the smallest service there is. */
export const TALLY_TABLES = `CREATE TABLE tally (
  name text PRIMARY KEY, total integer NOT NULL CHECK (total <= 100), version bigint NOT NULL)`;

const ADD = {
  name: 'add',
  text: `INSERT INTO tally VALUES ($1, $2, 1)
    ON CONFLICT (name) DO UPDATE SET total = tally.total + excluded.total, version = tally.version + 1
    RETURNING total, version::integer AS version`,
};

/** Takes the commands of a batch for different tallies only, one each. */
const ADD_MANY = {
  name: 'add-many',
  text: `plain AS (
    SELECT DISTINCT ON (body ->> 'tally') ordinal, body ->> 'tally' AS name, (body ->> 'amount')::integer AS amount
    FROM command
    ORDER BY body ->> 'tally', ordinal
  ), added AS (
    INSERT INTO tally AS t
    SELECT name, amount, 1 FROM plain ORDER BY name
    ON CONFLICT (name) DO UPDATE SET total = t.total + excluded.total, version = t.version + 1
      WHERE t.total + excluded.total <= 100
    RETURNING name, total, version
  ), done AS (
    SELECT
      plain.ordinal, jsonb_build_object('total', added.total, 'version', added.version) AS outcome,
      'tally' AS aggregate_type, added.name AS aggregate_id, added.version AS sequence,
      'tally.added' AS type, jsonb_build_object('amount', plain.amount) AS payload
    FROM added JOIN plain ON plain.name = added.name
  )`,
};

const FAST: FastForm<AddRequest, AddResponse> = {
  effect: ADD_MANY,
  body: ({ tally, amount }) => ({ tally, amount }),
  response: (_command, outcome) => outcome as AddResponse, // as the statement above builds it
};

async function add(tx: Queryable, { tally, amount }: AddRequest): Promise<Effect<AddResponse>> {
  const before = await tx.one<{ readonly total: number }>(
    { name: 'total', text: 'SELECT total FROM tally WHERE name = $1 FOR UPDATE' },
    [tally],
  );
  if ((before?.total ?? 0) + amount > 100) {
    throw new AppError({ status: 'FAILED_PRECONDITION', reason: 'TALLY_FULL', message: `the tally ${tally} is full` });
  }
  const response = (await tx.one<AddResponse>(ADD, [tally, amount]))!; // an insert returns its row
  const event = {
    ...{ aggregateType: 'tally', aggregateId: tally, sequence: BigInt(response.version) },
    ...{ type: 'tally.added', payload: { amount } },
  };
  return { response, events: [event] };
}

/** The command "Add"; with or without its form for many. */
export function createAdd(database: Database, { fast }: { readonly fast: boolean }) {
  return createParticipant<AddRequest, AddRequest, AddResponse>(
    {
      method: '/test.v1.Tally/Add',
      request: jsonCodec(),
      response: jsonCodec(),
      parse(request) {
        if (request.amount <= 0) throw invalidArgument([{ field: 'amount', description: 'must be above zero' }]);
        return request;
      },
      original: {
        kind: 'addition',
        reason: 'ADDITION_UNDONE',
        names: ({ requestId }) => [`request:${requestId}`],
      },
      handle: add,
      ...(fast && { fast: FAST }),
    },
    { database },
  );
}

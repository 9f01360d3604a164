-- One row a saga: where it stands, and who works on it. What changes at each write is not indexed, so that most writes touch no index.
CREATE TABLE saga (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  version integer NOT NULL,
  correlation_key text NOT NULL,
  -- W3C trace context and baggage of the call that started it: what every owner goes on with.
  trace_parent text,
  baggage text,
  -- Due sagas are looked for by partition: the last digit of the id.
  partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 15),
  state text NOT NULL CHECK (state IN ('RUNNING', 'COMPENSATING', 'PARKED', 'COMPLETED', 'COMPENSATED')),
  -- What a parked saga goes on with.
  parked_state text CHECK (parked_state IN ('RUNNING', 'COMPENSATING')),
  -- The first step of the stage it is at.
  step integer NOT NULL,
  attempt integer NOT NULL,
  failures integer NOT NULL,
  -- Steps of a parallel group with nothing left to do.
  done smallint[] NOT NULL DEFAULT '{}',
  ambiguous boolean NOT NULL DEFAULT false,
  ahead boolean NOT NULL DEFAULT false,
  failure jsonb,
  park_failure jsonb,
  input jsonb NOT NULL,
  outputs jsonb NOT NULL DEFAULT '{}',
  deadline_time timestamptz NOT NULL,
  -- When a worker may take it: the next attempt's time while nobody holds it, the end of the claim while somebody does.
  due_time timestamptz NOT NULL,
  claim_owner text,
  -- Rises with every claim and every command: the fencing token.
  claim_token integer NOT NULL DEFAULT 0,
  -- Claims in a row that ran out before anything was written.
  interruptions integer NOT NULL DEFAULT 0,
  -- Rises with every change but a heartbeat; what a write is fenced by.
  revision integer NOT NULL DEFAULT 1,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  finish_time timestamptz,
  CHECK ((state = 'PARKED') = (parked_state IS NOT NULL))
) WITH (fillfactor = 60);

CREATE INDEX saga_due ON saga (partition, due_time) WHERE state IN ('RUNNING', 'COMPENSATING');
CREATE INDEX saga_correlation_key ON saga (correlation_key);
CREATE INDEX saga_create_time ON saga (create_time, id);

-- What happened, append-only: what one commit did to one saga is one row, its entries in their order. Positions of one saga
-- rise with time; over all sagas a position may become visible after a higher one, which the feed allows for. No foreign key:
-- rows come only from the statements that change their saga, and looking each one up again costs as much as writing it.
CREATE TABLE saga_history (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  saga_id uuid NOT NULL,
  entries json NOT NULL,
  instance text,
  write_time timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX saga_history_saga ON saga_history (saga_id, position);

CREATE INDEX saga_parked ON saga (create_time, id) WHERE state = 'PARKED';

-- Sagas with what is worked out of them: since when one is parked, why it is parked or undone, the stage it is at while it is
-- not over. What is parked or at work has an index of its own, and `live_step IS NOT NULL` leaves out what is over.
CREATE VIEW saga_standing AS
SELECT
  saga.*,
  NULL::timestamptz AS park_time,
  failure ->> 'reason' AS reason,
  step AS live_step
FROM saga
WHERE state IN ('RUNNING', 'COMPENSATING')
UNION ALL
SELECT
  saga.*,
  (
    SELECT write_time
    FROM saga_history
    WHERE saga_id = saga.id AND EXISTS (SELECT FROM json_array_elements(entries) AS entry WHERE entry ->> 'kind' = 'PARKED')
    ORDER BY position DESC
    LIMIT 1
  ),
  park_failure ->> 'reason',
  step
FROM saga
WHERE state = 'PARKED'
UNION ALL
SELECT saga.*, NULL, failure ->> 'reason', NULL
FROM saga
WHERE state IN ('COMPLETED', 'COMPENSATED');

-- Starts sagas, for a service's own statement that starts many along with what they are about. `new_sagas`: a JSON array of
-- what SagaEngine.draft gives. Answers their ids.
CREATE FUNCTION start_sagas(new_sagas jsonb) RETURNS SETOF uuid LANGUAGE sql AS $$
  WITH new_saga AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset(new_sagas) AS c (
      id uuid, name text, version integer, correlation_key text, partition smallint, input jsonb,
      deadline_ms double precision, owner text, lease_ms double precision, history json, trace_parent text, baggage text
    )
  ), started AS (
    INSERT INTO saga (
      id, name, version, correlation_key, partition, state, step, attempt, failures, input, deadline_time, due_time,
      claim_owner, claim_token, trace_parent, baggage
    )
    SELECT
      id, name, version, correlation_key, partition, 'RUNNING', 0, 1, 0, input,
      clock_timestamp() + deadline_ms * interval '1 millisecond',
      clock_timestamp() + lease_ms * interval '1 millisecond',
      owner, (owner IS NOT NULL)::integer, trace_parent, baggage
    FROM new_saga
  )
  INSERT INTO saga_history (saga_id, entries, instance)
  SELECT id, history, owner
  FROM new_saga
  RETURNING saga_id
$$;

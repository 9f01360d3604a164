-- One row a saga: where it stands, and who works on it.
CREATE TABLE saga (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  version integer NOT NULL,
  correlation_key text NOT NULL,
  state text NOT NULL CHECK (state IN ('RUNNING', 'COMPENSATING', 'PARKED', 'COMPLETED', 'COMPENSATED')),
  -- What a parked saga goes on with.
  parked_state text CHECK (parked_state IN ('RUNNING', 'COMPENSATING')),
  step integer NOT NULL,
  attempt integer NOT NULL,
  failures integer NOT NULL,
  ambiguous boolean NOT NULL,
  failure jsonb,
  park_failure jsonb,
  input jsonb NOT NULL,
  outputs jsonb NOT NULL DEFAULT '{}',
  deadline_time timestamptz NOT NULL,
  -- When a worker may take it: the next attempt's time while nobody holds it, the end of the claim while somebody does.
  due_time timestamptz NOT NULL,
  claim_owner text,
  -- Rises with every claim.
  claim_token integer NOT NULL DEFAULT 0,
  -- Rises with every change but a heartbeat; what a write is fenced by.
  revision integer NOT NULL DEFAULT 1,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  finish_time timestamptz,
  CHECK ((state = 'PARKED') = (parked_state IS NOT NULL))
);

CREATE INDEX saga_due ON saga (due_time) WHERE state IN ('RUNNING', 'COMPENSATING');
CREATE INDEX saga_claim_owner ON saga (claim_owner) WHERE claim_owner IS NOT NULL;
CREATE INDEX saga_correlation_key ON saga (correlation_key);
CREATE INDEX saga_create_time ON saga (create_time, id);
CREATE INDEX saga_update_time ON saga (update_time, id);

-- What happened, append-only. Positions of one saga rise with time; over all sagas a position may become visible after a
-- higher one, which the feed allows for.
CREATE TABLE saga_history (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  saga_id uuid NOT NULL REFERENCES saga (id),
  kind text NOT NULL,
  step text,
  direction text NOT NULL CHECK (direction IN ('FORWARD', 'BACKWARD')),
  attempt integer,
  failure jsonb,
  actor text,
  note text,
  instance text,
  entry_time timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX saga_history_saga ON saga_history (saga_id, position);

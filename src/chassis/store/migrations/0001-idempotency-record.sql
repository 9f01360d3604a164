-- Commands that were carried out under a key, with what was answered: the same key again gets the same answer.
CREATE TABLE idempotency_record (
  scope text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  -- What was answered, or what the answer is rebuilt from; both null only inside the transaction that carries the command out.
  response bytea,
  outcome jsonb,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
) WITH (fillfactor = 70);

CREATE INDEX idempotency_record_create_time ON idempotency_record (create_time);

-- What was undone, whether or not it ever happened: it cannot happen any more.
CREATE TABLE undo_tombstone (
  kind text NOT NULL,
  name text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, name)
);

CREATE INDEX undo_tombstone_create_time ON undo_tombstone (create_time);

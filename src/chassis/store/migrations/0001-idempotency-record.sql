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

-- The original's side of an undo, for statements that carry out many: true when none of the names was undone and none can
-- be before the transaction ends. A function's statements see what was committed before each of them, so the look comes
-- after the lock, as it must; where somebody else has a lock, the answer is no instead of a wait.
CREATE FUNCTION may_still_happen(of_kind text, under_names text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT (
    SELECT bool_and(pg_try_advisory_xact_lock(hashtextextended(of_kind || '/' || name, 0)))
    FROM unnest(under_names) AS name
  ) THEN
    RETURN false;
  END IF;
  RETURN NOT EXISTS (SELECT FROM undo_tombstone WHERE kind = of_kind AND name = ANY (under_names));
END $$;

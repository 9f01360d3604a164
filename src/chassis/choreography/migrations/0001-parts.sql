-- The parts that this process plays in what moves by events: one row for each subject of each part.
CREATE TABLE part (
  -- "checkout"
  name text NOT NULL,
  subject text NOT NULL,
  -- The types of the events that were heard, and what was kept of them and of its own steps.
  heard text[] NOT NULL DEFAULT '{}',
  brief jsonb NOT NULL DEFAULT '{}',
  -- What was told once a step was over, by step.
  said jsonb NOT NULL DEFAULT '{}',
  -- What is to be done now; null: nothing.
  step text,
  -- Failed attempts at it.
  attempts integer NOT NULL DEFAULT 0,
  last_error jsonb,
  -- Until then whoever took it does it; after that anybody may. Null: nothing is to be done, or an operator is waited for.
  due_time timestamptz,
  -- The sequence of its last event in the outbox.
  last_event bigint NOT NULL DEFAULT 0,
  trace_parent text,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (name, subject)
);
CREATE INDEX part_due ON part (name, due_time) WHERE due_time IS NOT NULL;
CREATE INDEX part_under_way ON part (name, update_time) WHERE step IS NOT NULL;

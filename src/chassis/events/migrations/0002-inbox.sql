-- Events up to this position have been pruned: whoever stands before it has missed some.
CREATE TABLE outbox_floor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL
);
INSERT INTO outbox_floor (position)
SELECT coalesce(min(position) - 1, 0)
FROM outbox;

-- The processes that share a consumer's work.
CREATE TABLE inbox_member (
  consumer text NOT NULL,
  source text NOT NULL,
  member text NOT NULL,
  expire_time timestamptz NOT NULL,
  PRIMARY KEY (consumer, source, member)
);

-- Where a consumer stands in each partition of a publisher's log, and who reads on from there. Whoever moves the position shows the token
-- of its claim, so that a member that was taken for dead can no longer move it.
CREATE TABLE inbox_partition (
  consumer text NOT NULL,
  source text NOT NULL,
  partition smallint NOT NULL,
  position bigint NOT NULL DEFAULT 0,
  owner text,
  token bigint NOT NULL DEFAULT 0,
  expire_time timestamptz,
  PRIMARY KEY (consumer, source, partition)
);

-- What was handled, written in the transaction of the effect. The time is the event's own, so that a row and its copy meet in one partition.
CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  event_time timestamptz(3) NOT NULL,
  handle_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, event_id, event_time)
) PARTITION BY RANGE (event_time);
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;

-- Events whose handler failed, and behind them those of the same aggregate that have to wait. The first of an aggregate is due at its time.
CREATE TABLE parked_event (
  consumer text NOT NULL,
  source text NOT NULL,
  position bigint NOT NULL,
  partition smallint NOT NULL,
  event_id uuid NOT NULL,
  type text NOT NULL,
  aggregate_type text NOT NULL,
  aggregate_id text NOT NULL,
  sequence bigint NOT NULL,
  data jsonb NOT NULL,
  trace_parent text,
  event_time timestamptz(3) NOT NULL,
  -- How often its handler was called.
  attempts integer NOT NULL DEFAULT 0,
  last_error jsonb,
  due_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  park_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, source, position)
);
CREATE INDEX parked_event_aggregate ON parked_event (consumer, source, aggregate_type, aggregate_id, position);

-- Events that were given up.
CREATE TABLE dead_letter (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  consumer text NOT NULL,
  source text NOT NULL,
  position bigint NOT NULL,
  partition smallint NOT NULL,
  event_id uuid NOT NULL,
  type text NOT NULL,
  aggregate_type text NOT NULL,
  aggregate_id text NOT NULL,
  sequence bigint NOT NULL,
  data jsonb NOT NULL,
  trace_parent text,
  event_time timestamptz(3) NOT NULL,
  attempts integer NOT NULL,
  -- status, reason, message, stack of the last failure
  cause jsonb NOT NULL,
  death_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (consumer, event_id)
);
CREATE INDEX dead_letter_time ON dead_letter (consumer, death_time, id);

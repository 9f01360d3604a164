-- Outbox and inbox in days (UTC), so that what is old goes by dropping a table, which costs the same for ten events and for ten million, and
-- leaves nothing to vacuum. By time and not by position, so that one way serves both tables and "7 days" means that. What no day is there for
-- goes into the default partition and is moved when its day is made: no event is ever refused for want of a partition.

-- Makes a day of outbox or inbox; false: there is one. Whoever writes meanwhile waits for the transaction, or makes it fail with lock_timeout.
CREATE FUNCTION open_event_day(log text, day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  part text := log || '_' || to_char(day, 'YYYYMMDD');
  first timestamptz := day::timestamp AT TIME ZONE 'UTC';
  last timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  IF to_regclass(part) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', log || '_default');
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, log);
  IF log = 'outbox' THEN
    -- A constraint of the whole table would have to contain the time: within a day an id and an aggregate's number are written once.
    EXECUTE format(
      'ALTER TABLE %1$I ADD CONSTRAINT %2$I UNIQUE (event_id), ADD CONSTRAINT %3$I UNIQUE (aggregate_type, aggregate_id, sequence)',
      part, part || '_event_id_key', part || '_aggregate_sequence_key');
  END IF;
  EXECUTE format(
    'WITH moved AS (DELETE FROM %I WHERE event_time >= %L AND event_time < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
    log || '_default', first, last, part);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', log, part, first, last);
  RETURN true;
END $$;

-- Drops the days of outbox or inbox that were over before a time, and what is older in the default partition; how many days went. Whoever reads
-- from a position that is no longer kept is told so by outbox_floor.
CREATE FUNCTION drop_event_days(log text, before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  part text;
  dropped integer := 0;
BEGIN
  FOR part IN
    SELECT child.relname
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent = log::regclass
      AND child.relname ~ ('^' || log || '_\d{8}$')
      AND (to_date(right(child.relname, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC' <= before
    ORDER BY child.relname
  LOOP
    IF log = 'outbox' THEN
      EXECUTE format(
        'UPDATE outbox_floor SET position = newest.position FROM (SELECT max(position) AS position FROM %I) AS newest
         WHERE newest.position > outbox_floor.position', part);
    END IF;
    EXECUTE format('DROP TABLE %I', part);
    dropped := dropped + 1;
  END LOOP;
  IF log = 'outbox' THEN
    WITH gone AS (
      DELETE FROM outbox_default WHERE event_time < before RETURNING position
    )
    UPDATE outbox_floor SET position = newest.position FROM (SELECT max(position) AS position FROM gone) AS newest
    WHERE newest.position > outbox_floor.position;
  ELSE
    DELETE FROM inbox_default WHERE event_time < before;
  END IF;
  RETURN dropped;
END $$;

ALTER TABLE outbox RENAME TO outbox_before;
ALTER TABLE outbox_before RENAME CONSTRAINT outbox_pkey TO outbox_before_pkey;
ALTER SEQUENCE outbox_position_seq RENAME TO outbox_before_position_seq;

CREATE TABLE outbox (
  position       bigint GENERATED ALWAYS AS IDENTITY,
  event_id       uuid NOT NULL,
  aggregate_type text NOT NULL CHECK (aggregate_type <> ''),
  aggregate_id   text NOT NULL CHECK (aggregate_id <> ''),
  -- Rises by one with each event of the aggregate, from 1.
  sequence       bigint NOT NULL CHECK (sequence > 0),
  type           text NOT NULL CHECK (type <> ''),
  payload        jsonb NOT NULL,
  -- The W3C trace context of the call that caused it.
  trace_parent   text,
  event_time     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (position, event_time)
) PARTITION BY RANGE (event_time);
CREATE TABLE outbox_default PARTITION OF outbox (
  CONSTRAINT outbox_default_event_id_key UNIQUE (event_id),
  CONSTRAINT outbox_default_aggregate_sequence_key UNIQUE (aggregate_type, aggregate_id, sequence)
) DEFAULT;

-- What is there comes along, under its positions; the next event follows the last.
SELECT open_event_day('outbox', day)
FROM (SELECT DISTINCT (event_time AT TIME ZONE 'UTC')::date AS day FROM outbox_before) AS days;
INSERT INTO outbox (
  position, event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent, event_time
)
OVERRIDING SYSTEM VALUE
SELECT position, event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent, event_time
FROM outbox_before
ORDER BY position;
SELECT setval('outbox_position_seq', last_value, is_called)
FROM outbox_before_position_seq;
DROP TABLE outbox_before;

SELECT open_event_day('inbox', day)
FROM (SELECT DISTINCT (event_time AT TIME ZONE 'UTC')::date AS day FROM inbox_default) AS days;

-- So that what is written before the process first looks after its days has a place of its own.
SELECT open_event_day(log, (clock_timestamp() AT TIME ZONE 'UTC')::date + ahead)
FROM unnest(ARRAY['outbox', 'inbox']) AS log, generate_series(0, 1) AS ahead;

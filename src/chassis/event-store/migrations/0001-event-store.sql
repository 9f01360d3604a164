-- A stream: how far it has got, and its latest snapshot. Writers of one stream meet at its row: they compare `version` there.
CREATE TABLE event_stream (
  id uuid PRIMARY KEY,
  -- Of which aggregate: "order".
  type text NOT NULL CHECK (type <> ''),
  -- How many events it has.
  version bigint NOT NULL CHECK (version > 0),
  -- The state after snapshot_version events, in the shape of that number; all null, or none. It can be dropped at any time.
  snapshot json,
  snapshot_version bigint,
  snapshot_shape integer,
  CHECK (num_nulls(snapshot, snapshot_version, snapshot_shape) IN (0, 3)),
  CHECK (snapshot_version <= version)
) WITH (fillfactor = 60);

-- What happened, for ever. No foreign key: rows come only from append_to_streams.
CREATE TABLE stream_event (
  -- Its place among all events of the database. One may be committed before a lower one.
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream_id uuid NOT NULL,
  -- Counts the events of the stream from 1, without gaps.
  version bigint NOT NULL,
  type text NOT NULL CHECK (type <> ''),
  data json NOT NULL,
  event_time timestamptz(3) NOT NULL,
  CONSTRAINT stream_event_version_key UNIQUE (stream_id, version)
);

-- Appends to many streams at once, each only where it is at the version expected (0: it is new), and answers those it appended to; the
-- others are left as they were. `streams`: a JSON array of what EventStore.draft gives.
CREATE FUNCTION append_to_streams(streams json) RETURNS TABLE (stream_id uuid, event_time timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  now_is timestamptz(3) := clock_timestamp();
BEGIN
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT *
    FROM json_to_recordset(streams) AS s (
      id uuid, type text, expected bigint, events json, snapshot json, snapshot_shape integer
    )
  ),
  begun AS (
    INSERT INTO event_stream (id, type, version)
    SELECT id, type, json_array_length(events)
    FROM asked
    WHERE expected = 0
    ON CONFLICT (id) DO NOTHING
    RETURNING id
  ),
  continued AS (
    UPDATE event_stream AS stream
    SET version = stream.version + json_array_length(asked.events),
        snapshot = coalesce(asked.snapshot, stream.snapshot),
        snapshot_version = CASE WHEN asked.snapshot IS NULL THEN stream.snapshot_version ELSE asked.expected END,
        snapshot_shape = coalesce(asked.snapshot_shape, stream.snapshot_shape)
    FROM asked
    WHERE stream.id = ANY (ARRAY (SELECT id FROM asked WHERE expected > 0))
      AND stream.id = asked.id
      AND stream.type = asked.type
      AND stream.version = asked.expected
    RETURNING stream.id
  ),
  -- Positions are drawn after a stream's row is written: whoever reads by position counts on it.
  moved AS MATERIALIZED (
    SELECT id FROM begun
    UNION ALL
    SELECT id FROM continued
  ),
  written AS (
    INSERT INTO stream_event (stream_id, version, type, data, event_time)
    SELECT asked.id, asked.expected + event.ordinality, event.type, event.data, now_is
    FROM moved
    JOIN asked ON asked.id = moved.id
    CROSS JOIN LATERAL ROWS FROM (
      json_to_recordset(asked.events) AS (type text, data json)
    ) WITH ORDINALITY AS event (type, data, ordinality)
    ORDER BY asked.id, event.ordinality
  )
  SELECT id, now_is::timestamptz
  FROM moved;
END
$$;

-- Read models: tables that are made of the events and can be made again. A row is one making of them, a generation.
CREATE TABLE read_model (
  name text NOT NULL CHECK (name <> ''),
  generation integer NOT NULL CHECK (generation > 0),
  -- Readers are given what SERVING has; BUILDING is filled beside it, to take its place.
  state text NOT NULL CHECK (state IN ('SERVING', 'BUILDING')),
  -- Of the last event that its tables have.
  position bigint NOT NULL DEFAULT 0,
  -- Who fills it. The token rises with every claim, and only who has the latest one writes.
  claim_owner text,
  claim_token bigint NOT NULL DEFAULT 0,
  claim_end timestamptz NOT NULL DEFAULT '-infinity',
  create_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (name, generation),
  CONSTRAINT read_model_one_each UNIQUE (name, state)
) WITH (fillfactor = 50);

-- Gives each of the tables, which are partitioned by generation, a partition for one.
CREATE FUNCTION add_generation(tables text[], generation integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  parent text;
BEGIN
  FOREACH parent IN ARRAY tables LOOP
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES IN (%s)', parent || '_' || generation, parent, generation
    );
  END LOOP;
END
$$;

-- Drops every partition of the tables that is of no generation of the read model.
CREATE FUNCTION drop_other_generations(model text, tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition regclass;
BEGIN
  FOR partition IN
    SELECT inhrelid::regclass
    FROM pg_inherits
    JOIN pg_class ON pg_class.oid = inhrelid
    JOIN unnest(tables) AS parent ON inhparent = to_regclass(quote_ident(parent))
    WHERE relname NOT IN (SELECT parent || '_' || generation FROM read_model WHERE name = model)
  LOOP
    EXECUTE format('DROP TABLE %s', partition);
  END LOOP;
END
$$;

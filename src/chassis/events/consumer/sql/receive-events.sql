-- Moves the positions, under the tokens of the claims and while no member of a newer release has come, notes which events are new, and finds out
-- behind which parked ones they have to wait.
-- $1 consumer, $2 source, $3 member, $4 the partitions, $5 their new positions, $6 the claims' tokens, $7 the events as JSON,
-- $8 for how long the transaction may be idle from now on, in milliseconds
WITH moved AS (
  UPDATE inbox_partition
  SET position = asked.position
  FROM unnest($4::smallint[], $5::bigint[], $6::bigint[]) AS asked (partition, position, token)
  WHERE inbox_partition.consumer = $1 AND inbox_partition.source = $2 AND inbox_partition.partition = asked.partition
    AND inbox_partition.owner = $3 AND inbox_partition.token = asked.token
    AND inbox_partition.position <= asked.position
    AND NOT stands_aside($1, $2, (SELECT types FROM inbox_member WHERE consumer = $1 AND source = $2 AND member = $3))
  RETURNING inbox_partition.partition
), come AS MATERIALIZED (
  SELECT e.id, e.time, e.partition, e.position, e.aggregate_type, e.aggregate_id
  FROM jsonb_to_recordset($7::jsonb) AS e (
    id uuid, time timestamptz, partition smallint, position bigint, aggregate_type text, aggregate_id text
  )
), noted AS (
  INSERT INTO inbox (consumer, event_id, event_time, partition, position)
  SELECT $1, come.id, come.time, come.partition, come.position
  FROM come
  ON CONFLICT DO NOTHING
  RETURNING event_id
)
SELECT
  (SELECT count(*) FROM moved)::integer AS moved,
  (SELECT coalesce(array_agg(event_id::text), '{}') FROM noted) AS fresh,
  (
    SELECT coalesce(array_agg(DISTINCT come.aggregate_type || '/' || come.aggregate_id), '{}')
    FROM come
    WHERE EXISTS (
      SELECT
      FROM parked_event
      WHERE parked_event.consumer = $1 AND parked_event.source = $2
        AND parked_event.aggregate_type = come.aggregate_type AND parked_event.aggregate_id = come.aggregate_id
    )
  ) AS waiting,
  set_config('idle_in_transaction_session_timeout', $8::text, true) AS idle_timeout

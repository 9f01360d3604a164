-- Streams as they are folded: the snapshot, where it has a shape that can be read, and the events after it. $1 ids, $2 type, $3 shape
SELECT
  stream.id, stream.version, known.snapshot, known.version AS snapshot_version,
  (
    SELECT json_agg(json_build_object('version', version, 'time', event_time, 'data', data) ORDER BY version)
    FROM stream_event
    WHERE stream_id = stream.id AND version > known.version
  ) AS events
FROM event_stream AS stream
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN stream.snapshot_shape = $3::integer THEN stream.snapshot END AS snapshot,
    CASE WHEN stream.snapshot_shape = $3::integer THEN stream.snapshot_version ELSE 0 END AS version
) AS known
WHERE stream.id = ANY ($1::uuid[]) AND stream.type = $2::text

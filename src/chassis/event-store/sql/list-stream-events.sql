-- $1 stream, $2 after this version, $3 limit
SELECT position, stream_id, version, type, data, event_time
FROM stream_event
WHERE stream_id = $1::uuid AND version > $2::bigint
ORDER BY version
LIMIT $3::integer

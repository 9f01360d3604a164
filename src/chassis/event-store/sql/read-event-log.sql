-- All events in the order of their positions; only those of the types asked for carry their data. $1 after, $2 through, $3 limit, $4 types,
-- null: all
SELECT position, stream_id, version, type, event_time, CASE WHEN $4::text[] IS NULL OR type = ANY ($4::text[]) THEN data END AS data
FROM stream_event
WHERE position > $1::bigint AND position <= $2::bigint
ORDER BY position
LIMIT $3::integer

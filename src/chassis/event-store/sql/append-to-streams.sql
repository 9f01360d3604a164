-- $1 the streams as JSON
SELECT stream_id, event_time
FROM append_to_streams($1::json)

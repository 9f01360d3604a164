-- How far a read model is and how far the log is. $1 name
SELECT
  coalesce((SELECT position FROM read_model WHERE name = $1::text AND state = 'SERVING'), 0) AS position,
  coalesce((SELECT position FROM stream_event ORDER BY position DESC LIMIT 1), 0) AS log_end

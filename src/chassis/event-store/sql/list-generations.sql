-- Every generation, with how many events it has not seen and how old the oldest of them is. $1 names
SELECT
  read_model.name, read_model.generation, read_model.state, read_model.position, read_model.claim_owner,
  read_model.create_time, read_model.update_time, log.position AS log_end,
  (
    SELECT extract(epoch FROM clock_timestamp() - event_time)::double precision
    FROM stream_event
    WHERE stream_event.position > read_model.position
    ORDER BY stream_event.position
    LIMIT 1
  ) AS behind_seconds
FROM read_model
CROSS JOIN (
  SELECT coalesce((SELECT position FROM stream_event ORDER BY position DESC LIMIT 1), 0) AS position
) AS log
WHERE read_model.name = ANY ($1::text[])
ORDER BY read_model.name, read_model.generation

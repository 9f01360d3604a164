-- Those that have not changed for longest first. $1 the parts' names, $2 subject (null: any, of those with a step that is not over), $3 step
-- (null: any), $4 reason of the last error (null: any), $5 only parked ones, $6, $7, $8 after this time of change, part and subject (null: from the
-- first), $9 limit
SELECT
  name, subject, step, attempts, last_error, due_time, step_time, heard, create_time, update_time, trace_parent,
  update_time::text AS change,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object('step', told.step, 'type', told.type, 'time', event.event_time)
                              ORDER BY event.sequence NULLS FIRST), '[]')
    FROM jsonb_each_text(part.said) AS told (step, type)
    LEFT JOIN outbox AS event
      ON event.aggregate_type = part.name AND event.aggregate_id = part.subject AND event.type = told.type
  ) AS said
FROM part
WHERE name = ANY ($1::text[])
  AND (subject = $2 OR $2::text IS NULL AND step IS NOT NULL)
  AND ($3::text IS NULL OR step = $3)
  AND ($4::text IS NULL OR last_error ->> 'reason' = $4)
  AND (NOT $5::boolean OR step IS NOT NULL AND due_time IS NULL)
  AND ($6::timestamptz IS NULL OR (update_time, name, subject) > ($6::timestamptz, $7::text, $8::text))
ORDER BY update_time, name, subject
LIMIT $9::integer

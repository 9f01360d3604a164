-- $1 entries as JSON, $2 instance
INSERT INTO saga_history (saga_id, kind, step, direction, attempt, failure, actor, note, instance)
SELECT entry.saga_id, entry.kind, entry.step, entry.direction, entry.attempt, entry.failure, entry.actor, entry.note, $2::text
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS item (value, ordinal)
CROSS JOIN LATERAL jsonb_to_record(item.value) AS entry (
  saga_id uuid, kind text, step text, direction text, attempt integer, failure jsonb, actor text, note text
)
ORDER BY item.ordinal
RETURNING *

-- Takes a dead letter out, for as long as the transaction lasts; nothing where somebody else has it in hand. $1 id
DELETE FROM dead_letter
WHERE id = (
  SELECT id
  FROM dead_letter
  WHERE id = $1
  FOR UPDATE SKIP LOCKED
)
RETURNING
  id, consumer, source, position, partition, event_id, type, aggregate_type, aggregate_id, sequence, data::text AS data, trace_parent,
  event_time, attempts, cause, death_time

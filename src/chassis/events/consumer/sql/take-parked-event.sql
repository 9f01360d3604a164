-- Takes a parked event out, for as long as the transaction lasts; nothing where another member has it in hand. $1 consumer, $2 source, $3 position,
-- $4 for how long the transaction may be idle from now on, in milliseconds
DELETE FROM parked_event
WHERE (consumer, source, position) IN (
  SELECT consumer, source, position
  FROM parked_event
  WHERE consumer = $1 AND source = $2 AND position = $3 AND due_time <= clock_timestamp()
  FOR UPDATE SKIP LOCKED
)
RETURNING
  position, partition, event_id, type, aggregate_type, aggregate_id, sequence, data::text AS data, trace_parent, event_time, attempts, park_time,
  set_config('idle_in_transaction_session_timeout', $4::text, true) AS idle_timeout

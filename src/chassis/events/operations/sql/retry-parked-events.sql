-- $1 consumer, $2 aggregate id (null: any)
UPDATE parked_event
SET due_time = clock_timestamp()
WHERE consumer = $1 AND ($2::text IS NULL OR aggregate_id = $2)

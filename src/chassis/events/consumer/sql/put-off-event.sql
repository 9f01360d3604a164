-- A parked event failed again. $1 consumer, $2 source, $3 position, $4 attempts so far, $5 the failure, $6 wait in ms
UPDATE parked_event
SET attempts = $4, last_error = $5::jsonb, due_time = clock_timestamp() + $6::double precision * interval '1 millisecond'
WHERE consumer = $1 AND source = $2 AND position = $3 AND attempts < $4

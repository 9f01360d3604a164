-- Stops a step until it is resumed, and keeps who said so. $1 part, $2 subject, $3 actor, $4 reason, $5 the same as the step's last error
WITH parked AS (
  UPDATE part
  SET due_time = NULL, owner = NULL, last_error = $5::jsonb, update_time = clock_timestamp()
  WHERE name = $1 AND subject = $2 AND step IS NOT NULL AND due_time IS NOT NULL
  RETURNING name, subject, step
)
INSERT INTO part_action (part, subject, command, step, actor, reason)
SELECT name, subject, 'park', step, $3, $4
FROM parked

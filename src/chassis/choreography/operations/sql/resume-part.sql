-- Has a parked step tried again, and keeps who said so. $1 part, $2 subject, $3 actor, $4 reason
WITH resumed AS (
  UPDATE part
  SET due_time = clock_timestamp(), attempts = 0, update_time = clock_timestamp()
  WHERE name = $1 AND subject = $2 AND step IS NOT NULL AND due_time IS NULL
  RETURNING name, subject, step
)
INSERT INTO part_action (part, subject, command, step, actor, reason)
SELECT name, subject, 'resume', step, $3, $4
FROM resumed

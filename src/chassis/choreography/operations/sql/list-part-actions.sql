-- The latest first. $1 part, $2 subject, $3 limit
SELECT id, command, step, actor, reason, action_time
FROM part_action
WHERE part = $1 AND subject = $2
ORDER BY id DESC
LIMIT $3::integer

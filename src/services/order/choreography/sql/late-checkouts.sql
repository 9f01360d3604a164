-- Those that have gathered for too long, locked unless somebody is at them. $1 at most so many
SELECT order_id
FROM checkout
WHERE deadline <= clock_timestamp()
ORDER BY deadline
LIMIT $1
FOR UPDATE SKIP LOCKED

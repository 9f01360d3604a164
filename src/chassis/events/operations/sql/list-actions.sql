-- The latest first. $1 consumer (null: any), $2 before this id (null: from the latest), $3 limit
SELECT id, action, consumer, source, actor, reason, detail::text AS detail, action_time
FROM consumer_action
WHERE ($1::text IS NULL OR consumer = $1) AND ($2::bigint IS NULL OR id < $2)
ORDER BY id DESC
LIMIT $3::integer

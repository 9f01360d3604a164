-- What is visible after a position, and which transactions this snapshot cannot see yet. $1 position, $2 limit
SELECT
  saga_history.*,
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS snapshot_xmin
FROM saga_history
WHERE position > $1::bigint
ORDER BY position
LIMIT $2::integer

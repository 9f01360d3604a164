-- Each saga's rows, newest first. $1 saga ids, $2 limit for each
SELECT entry.*
FROM unnest($1::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
  SELECT *
  FROM saga_history
  WHERE saga_id = wanted.id
  ORDER BY position DESC
  LIMIT $2::integer
) AS entry
ORDER BY entry.position DESC

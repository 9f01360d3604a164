-- Keyset paging over (create_time, id), newest first. $1 user, $2 states, $3 product, $4 and $5 placed from and before,
-- $6 the last row of the page before, $7 its create_time in microseconds, $8 limit
SELECT body, (extract(epoch FROM create_time) * 1000000)::bigint AS sort_key
FROM listed_order
WHERE generation = (SELECT generation FROM read_model WHERE name = 'orders' AND state = 'SERVING')
  AND ($1::uuid IS NULL OR user_id = $1::uuid)
  AND ($2::text[] IS NULL OR state = ANY ($2::text[]))
  AND ($3::uuid IS NULL OR product_ids @> ARRAY[$3::uuid])
  AND ($4::timestamptz IS NULL OR create_time >= $4::timestamptz)
  AND ($5::timestamptz IS NULL OR create_time < $5::timestamptz)
  AND (
    $6::uuid IS NULL
    OR (create_time, id) < (timestamptz 'epoch' + $7::bigint * interval '1 microsecond', $6::uuid)
  )
ORDER BY create_time DESC, id DESC
LIMIT $8::integer

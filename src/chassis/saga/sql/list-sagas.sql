-- Keyset paging over (sort_key, id). $1 states, $2 name, $3 correlation key, $4 min age in s, $5 min idle in s,
-- $6 'create_time' or 'update_time', $7 descending, $8 and $9 the last row's sort key and id, $10 limit
SELECT *
FROM (
  SELECT
    saga.*,
    (extract(epoch FROM CASE $6::text WHEN 'update_time' THEN update_time ELSE create_time END) * 1000000)::bigint
      * CASE WHEN $7::boolean THEN -1 ELSE 1 END AS sort_key
  FROM saga
  WHERE ($1::text[] IS NULL OR state = ANY ($1::text[]))
    AND ($2::text IS NULL OR name = $2::text)
    AND ($3::text IS NULL OR correlation_key = $3::text)
    AND ($4::bigint IS NULL OR create_time <= clock_timestamp() - $4::bigint * interval '1 second')
    AND ($5::bigint IS NULL OR update_time <= clock_timestamp() - $5::bigint * interval '1 second')
) AS found
WHERE $8::bigint IS NULL OR (sort_key, id) > ($8::bigint, $9::uuid)
ORDER BY sort_key, id
LIMIT $10::integer

-- Keyset paging over (sort_key, id). $1 states, $2 name, $3 correlation key, $4 to $7 names, versions, stages and numbers of
-- the steps to be at, $8 reason, $9 min age in s, $10 min idle in s, $11 min time parked in s, $12 ids, $13 latest create time in us,
-- $14 'create_time' or 'update_time', $15 descending, $16 and $17 the last row's sort key and id, $18 limit
SELECT *
FROM (
  SELECT
    saga_standing.*,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS read_time,
    (extract(epoch FROM CASE $14::text WHEN 'update_time' THEN update_time ELSE create_time END) * 1000000)::bigint
      * CASE WHEN $15::boolean THEN -1 ELSE 1 END AS sort_key
  FROM saga_standing
  WHERE state = ANY ($1::text[])
    AND ('COMPLETED' = ANY ($1::text[]) OR 'COMPENSATED' = ANY ($1::text[]) OR live_step IS NOT NULL)
    AND ($2::text IS NULL OR name = $2::text)
    AND ($3::text IS NULL OR correlation_key = $3::text)
    AND (
      $7::integer[] IS NULL
      OR EXISTS (
        SELECT
        FROM unnest($4::text[], $5::integer[], $6::integer[], $7::integer[]) AS place (saga, saga_version, stage, step)
        WHERE name = place.saga AND version = place.saga_version AND live_step = place.stage AND place.step <> ALL (done)
      )
    )
    AND ($8::text IS NULL OR reason = $8::text)
    AND ($9::bigint IS NULL OR create_time <= clock_timestamp() - $9::bigint * interval '1 second')
    AND ($10::bigint IS NULL OR update_time <= clock_timestamp() - $10::bigint * interval '1 second')
    AND ($11::bigint IS NULL OR park_time <= clock_timestamp() - $11::bigint * interval '1 second')
    AND ($12::uuid[] IS NULL OR id = ANY ($12::uuid[]))
    AND ($13::bigint IS NULL OR (extract(epoch FROM create_time) * 1000000)::bigint <= $13::bigint)
) AS found
WHERE $16::bigint IS NULL OR (sort_key, id) > ($16::bigint, $17::uuid)
ORDER BY sort_key, id
LIMIT $18::integer

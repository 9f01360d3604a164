-- How many sagas stand at the same place for the same reason. $1 to $12 as in list-sagas
SELECT
  state,
  name,
  version,
  live_step AS step,
  done,
  reason,
  count(*) AS sagas,
  min(create_time) AS oldest_create_time,
  min(update_time) AS oldest_update_time,
  min(park_time) AS oldest_park_time
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
GROUP BY state, name, version, live_step, done, reason

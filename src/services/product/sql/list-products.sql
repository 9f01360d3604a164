SELECT *
FROM catalogue_entry
WHERE (create_time, id) < ($1::timestamptz, $2::uuid)
  AND ($3::text IS NULL OR category = $3)
  AND ($4::text IS NULL OR state = $4)
ORDER BY create_time DESC, id DESC
LIMIT $5

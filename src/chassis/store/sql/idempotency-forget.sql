DELETE FROM idempotency_record
WHERE ctid = ANY (
  ARRAY (
    SELECT ctid
    FROM idempotency_record
    WHERE create_time < $1
    ORDER BY create_time
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  )
)

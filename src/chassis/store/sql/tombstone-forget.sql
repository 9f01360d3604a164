DELETE FROM undo_tombstone
WHERE ctid = ANY (
  ARRAY (
    SELECT ctid
    FROM undo_tombstone
    WHERE create_time < $1
    ORDER BY create_time
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  )
)

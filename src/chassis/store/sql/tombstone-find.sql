SELECT name
FROM undo_tombstone
WHERE kind = $1 AND name = ANY ($2::text[])

INSERT INTO undo_tombstone (kind, name)
SELECT $1, name
FROM unnest($2::text[]) AS name
ON CONFLICT (kind, name) DO NOTHING

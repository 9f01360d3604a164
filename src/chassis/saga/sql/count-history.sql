-- $1 saga id
SELECT count(*)::integer AS entries
FROM saga_history
WHERE saga_id = $1::uuid

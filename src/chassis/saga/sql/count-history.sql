-- $1 saga id
SELECT coalesce(sum(json_array_length(entries)), 0)::integer AS entries
FROM saga_history
WHERE saga_id = $1::uuid

-- $1 id
SELECT *
FROM saga
WHERE id = $1::uuid

-- Always in the same order: two transactions that lock several never wait for each other in a circle.
SELECT * FROM balance
WHERE user_id = ANY ($1::uuid[])
ORDER BY user_id
FOR UPDATE

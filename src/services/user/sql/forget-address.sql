-- What was told of an account before loses the address as well; the events stay, and their numbers.
UPDATE outbox
SET payload = payload - 'email'
WHERE aggregate_type = 'user' AND aggregate_id = $1::uuid::text

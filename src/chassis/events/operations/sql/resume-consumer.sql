-- $1 consumer
DELETE FROM consumer_pause
WHERE consumer = $1

-- What was handled of events since a time takes effect once more when it comes. $1 consumer, $2 the time
DELETE FROM inbox
WHERE consumer = $1 AND event_time >= $2

-- Messages that are not delivered yet, and how long the oldest has waited
SELECT count(*) AS messages, extract(epoch FROM clock_timestamp() - min(create_time))::float8 AS oldest_seconds
FROM notification
WHERE due_time IS NOT NULL

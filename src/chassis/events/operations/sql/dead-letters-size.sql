-- How many events were given up, and how long ago
SELECT count(*) AS count, extract(epoch FROM clock_timestamp() - min(death_time))::float8 AS oldest_seconds
FROM dead_letter

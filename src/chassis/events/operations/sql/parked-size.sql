-- How many events wait for another try, and for how long
SELECT count(*) AS count, extract(epoch FROM clock_timestamp() - min(park_time))::float8 AS oldest_seconds
FROM parked_event

SELECT count(*)::integer AS count, extract(epoch FROM clock_timestamp() - min(create_time))::float8 AS oldest_seconds
FROM checkout
WHERE phase <> 'OVER'

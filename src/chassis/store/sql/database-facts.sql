-- What a database says of itself, for whoever compares replicas and clocks
SELECT
  (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms,
  current_setting('server_version') AS server_version,
  ARRAY(SELECT name FROM schema_migration ORDER BY name) AS migrations

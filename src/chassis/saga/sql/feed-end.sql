-- The highest position ever given out, and what this snapshot cannot see yet.
SELECT
  coalesce(pg_sequence_last_value(pg_get_serial_sequence('saga_history', 'position')), 0) AS last_position,
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS snapshot_xmin

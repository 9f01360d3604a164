-- The newest change that is older than $1 hours; nothing above it goes.
UPDATE stock_change_floor AS floor
SET position = old.position
FROM (
  SELECT max(position) AS position
  FROM stock_change
  WHERE change_time < clock_timestamp() - make_interval(hours => $1)
) AS old
WHERE old.position > floor.position

-- Last: the highest position ever given out, whether or not its transaction was committed.
SELECT
  floor.position AS floor,
  CASE WHEN given.is_called THEN given.last_value ELSE 0 END AS last
FROM stock_change_floor AS floor
CROSS JOIN stock_change_position_seq AS given

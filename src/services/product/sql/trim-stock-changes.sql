-- Each product's last change stays: a watch starts from it.
DELETE FROM stock_change
WHERE position IN (
  SELECT c.position
  FROM stock_change AS c
  WHERE c.position <= (SELECT position FROM stock_change_floor)
    AND EXISTS (
      SELECT 1
      FROM stock_change AS later
      WHERE later.product_id = c.product_id
        AND later.position > c.position
        AND later.position <= (SELECT position FROM stock_change_floor)
    )
  ORDER BY c.position
  LIMIT $1
)

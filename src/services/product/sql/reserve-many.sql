-- Holds the baskets that all their products have room for, in the order of the commands. A basket that may not fit, because those before
-- it might take too much, is left, as are ids that were used before.
asked AS MATERIALIZED (
  SELECT command.ordinal, basket.*
  FROM command
  CROSS JOIN LATERAL jsonb_to_record(command.body) AS basket (
    id uuid, product_ids uuid[], quantities integer[], lines jsonb, ttl_seconds integer
  )
  WHERE (SELECT r.id FROM reservation AS r WHERE r.id = basket.id LIMIT 1) IS NULL
),
line AS MATERIALIZED (
  SELECT
    asked.ordinal, asked.id, piece.product_id, piece.quantity,
    sum(piece.quantity) OVER (PARTITION BY piece.product_id ORDER BY asked.ordinal) AS wanted_so_far
  FROM asked
  CROSS JOIN LATERAL unnest(asked.product_ids, asked.quantities) AS piece (product_id, quantity)
),
-- Everybody locks stock in this order.
shelf AS MATERIALIZED (
  SELECT s.product_id, s.available, s.low_stock_threshold, p.sku, p.name
  FROM stock AS s
  JOIN product AS p ON p.id = s.product_id
  WHERE s.product_id = ANY (ARRAY (SELECT product_id FROM line)) AND p.state = 'ACTIVE' AND p.delete_time IS NULL
  ORDER BY s.product_id
  FOR NO KEY UPDATE OF s
),
fitting AS MATERIALIZED (
  SELECT line.ordinal
  FROM line
  LEFT JOIN shelf ON shelf.product_id = line.product_id
  GROUP BY line.ordinal
  HAVING bool_and(coalesce(line.wanted_so_far <= shelf.available, false))
),
taken AS MATERIALIZED (
  SELECT
    line.*,
    sum(line.quantity) OVER (PARTITION BY line.product_id ORDER BY line.ordinal) AS taken_so_far
  FROM line
  JOIN fitting ON fitting.ordinal = line.ordinal
),
moved AS (
  UPDATE stock AS s
  SET
    available = s.available - total.quantity,
    reserved = s.reserved + total.quantity,
    -- What became low is told.
    adjustments = s.adjustments
      + (s.available > s.low_stock_threshold AND s.available - total.quantity <= s.low_stock_threshold)::integer,
    update_time = clock_timestamp()
  FROM (SELECT product_id, sum(quantity)::integer AS quantity FROM taken GROUP BY product_id) AS total
  WHERE s.product_id = total.product_id
  RETURNING s.product_id, s.available, s.reserved, s.sold, s.received, s.adjustments AS event_count, total.quantity AS taken_in_all
),
-- Each change with the stock after it, as if the baskets had come one by one.
logged AS (
  INSERT INTO stock_change (product_id, kind, quantity, available, reserved, sold, received, reservation_id)
  SELECT
    taken.product_id, 'RESERVED', taken.quantity,
    moved.available + (moved.taken_in_all - taken.taken_so_far), moved.reserved - (moved.taken_in_all - taken.taken_so_far),
    moved.sold, moved.received, taken.id
  FROM taken
  JOIN moved ON moved.product_id = taken.product_id
  ORDER BY taken.ordinal, taken.product_id
),
-- A product became low by the one basket that had more than its threshold before it, and not after it.
told AS (
  INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent)
  SELECT
    gen_random_uuid(), 'stock', crossed.product_id::text, crossed.event_count, 'stock.low',
    jsonb_build_object(
      'product_id', crossed.product_id, 'sku', crossed.sku, 'name', crossed.name, 'available_quantity', crossed.available,
      'low_stock_threshold', crossed.low_stock_threshold
    ),
    command.trace_parent
  FROM (
    SELECT
      taken.ordinal, taken.product_id, taken.quantity, moved.event_count, shelf.sku, shelf.name, shelf.low_stock_threshold,
      moved.available + (moved.taken_in_all - taken.taken_so_far) AS available
    FROM taken
    JOIN moved ON moved.product_id = taken.product_id
    JOIN shelf ON shelf.product_id = taken.product_id
  ) AS crossed
  JOIN command ON command.ordinal = crossed.ordinal
  WHERE crossed.available <= crossed.low_stock_threshold
    AND crossed.available + crossed.quantity > crossed.low_stock_threshold
  ORDER BY crossed.ordinal, crossed.product_id
),
held AS (
  INSERT INTO reservation (id, state, product_ids, quantities, expire_time)
  SELECT
    asked.id, 'HELD', asked.product_ids, asked.quantities, clock_timestamp() + make_interval(secs => asked.ttl_seconds)
  FROM asked
  JOIN fitting ON fitting.ordinal = asked.ordinal
  RETURNING id, version, expire_time, create_time, update_time
),
done AS MATERIALIZED (
  SELECT
    asked.ordinal,
    jsonb_build_object(
      'expire_time', held.expire_time, 'create_time', held.create_time, 'update_time', held.update_time
    ) AS outcome,
    'reservation' AS aggregate_type, held.id::text AS aggregate_id, held.version AS sequence, 'reservation.held' AS type,
    jsonb_build_object('reservation_id', held.id, 'lines', asked.lines) AS payload
  FROM held
  JOIN asked ON asked.id = held.id
)

-- Sells what is held and not past its end; a reservation that several commands name goes once.
asked AS MATERIALIZED (
  SELECT min(ordinal) AS ordinal, (body ->> 'id')::uuid AS id
  FROM command
  GROUP BY (body ->> 'id')::uuid
),
-- Reservations before stock, each in its order, as everybody locks them. Found by id alone: by its state, PostgreSQL would look through the
-- index of all that are held.
found AS MATERIALIZED (
  SELECT r.id, r.state, r.expire_time, r.product_ids, r.quantities
  FROM reservation AS r
  WHERE r.id = ANY (ARRAY (SELECT id FROM asked))
  ORDER BY r.id
  FOR NO KEY UPDATE
),
held AS MATERIALIZED (
  SELECT id, product_ids, quantities
  FROM found
  WHERE state = 'HELD' AND expire_time > clock_timestamp()
),
line AS MATERIALIZED (
  SELECT asked.ordinal, asked.id, piece.product_id, piece.quantity, piece.place
  FROM held
  JOIN asked ON asked.id = held.id
  CROSS JOIN LATERAL unnest(held.product_ids, held.quantities) WITH ORDINALITY AS piece (product_id, quantity, place)
),
shelf AS MATERIALIZED (
  SELECT s.product_id
  FROM stock AS s
  WHERE s.product_id = ANY (ARRAY (SELECT product_id FROM line))
  ORDER BY s.product_id
  FOR NO KEY UPDATE
),
taken AS MATERIALIZED (
  SELECT
    line.*,
    sum(line.quantity) OVER (PARTITION BY line.product_id ORDER BY line.ordinal) AS taken_so_far
  FROM line
  JOIN shelf ON shelf.product_id = line.product_id
),
moved AS (
  UPDATE stock AS s
  SET reserved = s.reserved - total.quantity, sold = s.sold + total.quantity, update_time = clock_timestamp()
  FROM (SELECT product_id, sum(quantity)::integer AS quantity FROM taken GROUP BY product_id) AS total
  WHERE s.product_id = total.product_id
  RETURNING s.product_id, s.available, s.reserved, s.sold, s.received, total.quantity AS taken_in_all
),
-- Each change with the stock after it, as if the commands had come one by one.
logged AS (
  INSERT INTO stock_change (product_id, kind, quantity, available, reserved, sold, received, reservation_id)
  SELECT
    taken.product_id, 'COMMITTED', taken.quantity, moved.available,
    moved.reserved + (moved.taken_in_all - taken.taken_so_far), moved.sold - (moved.taken_in_all - taken.taken_so_far),
    moved.received, taken.id
  FROM taken
  JOIN moved ON moved.product_id = taken.product_id
  ORDER BY taken.ordinal, taken.product_id
),
committed AS (
  UPDATE reservation AS r
  SET state = 'COMMITTED', version = r.version + 1, update_time = clock_timestamp()
  FROM held
  WHERE r.id = held.id
  RETURNING r.id, r.version, r.expire_time, r.create_time, r.update_time
),
-- Reads what is taken, not what is asked for: events are written once stock is locked, so that they follow each other as its changes do.
done AS MATERIALIZED (
  SELECT
    sold.ordinal,
    jsonb_build_object(
      'lines', sold.lines, 'expire_time', committed.expire_time, 'create_time', committed.create_time,
      'update_time', committed.update_time
    ) AS outcome,
    'reservation' AS aggregate_type, committed.id::text AS aggregate_id, committed.version AS sequence,
    'reservation.committed' AS type, jsonb_build_object('reservation_id', committed.id, 'lines', sold.lines) AS payload
  FROM committed
  JOIN (
    SELECT
      ordinal, id, jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', quantity) ORDER BY place) AS lines
    FROM taken
    GROUP BY ordinal, id
  ) AS sold ON sold.id = committed.id
)

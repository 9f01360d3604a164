-- Products with their stock and its first change. A SKU that is taken is left out of the result.
WITH given AS (
  SELECT *
  FROM jsonb_to_recordset($1::jsonb) AS given (
    id uuid, sku text, name text, sort_name text, description text, category text, currency text, price_units bigint,
    price_nanos integer, image_uri text, attributes jsonb, search_words text, initial_quantity integer,
    low_stock_threshold integer
  )
),
made AS (
  INSERT INTO product (
    id, sku, name, sort_name, description, category, currency, price_units, price_nanos, state, image_uri, attributes, search_words
  )
  SELECT
    id, sku, name, sort_name, description, category, currency, price_units, price_nanos, 'ACTIVE', image_uri, attributes,
    search_words::tsvector
  FROM given
  ORDER BY sku COLLATE "C"
  ON CONFLICT (sku) WHERE delete_time IS NULL DO NOTHING
  RETURNING *
),
shelved AS (
  INSERT INTO stock (product_id, available, received, low_stock_threshold)
  SELECT made.id, given.initial_quantity, given.initial_quantity, given.low_stock_threshold
  FROM made
  JOIN given ON given.id = made.id
  RETURNING *
),
noted AS (
  INSERT INTO stock_change (product_id, kind, quantity, available, reserved, sold, received)
  SELECT product_id, 'CREATED', available, available, reserved, sold, received
  FROM shelved
  ORDER BY product_id
)
SELECT
  made.id, made.sku, made.name, made.sort_name, made.description, made.category, made.currency, made.price_units, made.price_nanos,
  made.state, made.image_uri, made.attributes, made.version, made.create_time, made.update_time, shelved.available,
  shelved.low_stock_threshold
FROM made
JOIN shelved ON shelved.product_id = made.id

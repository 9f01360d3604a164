-- What is sold. A deleted product keeps its row: reservations made before may still be committed or released.
CREATE TABLE product (
  id           uuid PRIMARY KEY,
  sku          text COLLATE "C" NOT NULL CHECK (sku <> ''),
  name         text NOT NULL CHECK (name <> ''),
  -- The name in lower case, as catalogues sort; written by the service, so that the order is the same under every locale.
  sort_name    text COLLATE "C" NOT NULL,
  description  text NOT NULL,
  category     text COLLATE "C" NOT NULL CHECK (category <> ''),
  currency     text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  price_units  bigint NOT NULL CHECK (price_units >= 0),
  price_nanos  integer NOT NULL CHECK (price_nanos BETWEEN 0 AND 999999999),
  state        text NOT NULL CHECK (state IN ('ACTIVE', 'DISCONTINUED')),
  image_uri    text NOT NULL,
  attributes   jsonb NOT NULL,
  -- The words of name (A), SKU and category (B) and description (C), cut by the service: no dictionary, no language.
  search_words tsvector NOT NULL,
  version      bigint NOT NULL DEFAULT 1,
  -- Milliseconds, because page tokens carry it and a JavaScript Date holds no more.
  create_time  timestamptz(3) NOT NULL DEFAULT now(),
  update_time  timestamptz(3) NOT NULL DEFAULT now(),
  delete_time  timestamptz(3)
);
CREATE UNIQUE INDEX product_sku_key ON product (sku) WHERE delete_time IS NULL;
CREATE INDEX product_newest ON product (create_time, id) WHERE delete_time IS NULL;
CREATE INDEX product_category ON product (category, create_time, id) WHERE delete_time IS NULL;
CREATE INDEX product_name ON product (sort_name, id) WHERE delete_time IS NULL AND state = 'ACTIVE';
CREATE INDEX product_price ON product (currency, price_units, price_nanos, id) WHERE delete_time IS NULL AND state = 'ACTIVE';
CREATE INDEX product_search_words ON product USING gin (search_words) WHERE delete_time IS NULL AND state = 'ACTIVE';

-- How much there is, beside the catalogue because it changes a thousand times as often; pages leave room for it (HOT updates).
CREATE TABLE stock (
  product_id  uuid PRIMARY KEY REFERENCES product,
  available   integer NOT NULL CONSTRAINT stock_available_not_negative CHECK (available >= 0),
  reserved    integer NOT NULL DEFAULT 0 CONSTRAINT stock_reserved_not_negative CHECK (reserved >= 0),
  sold        integer NOT NULL DEFAULT 0 CONSTRAINT stock_sold_not_negative CHECK (sold >= 0),
  received    integer NOT NULL CONSTRAINT stock_received_within_limit CHECK (received <= 1000000000),
  -- How often it was adjusted: the number of the event of each adjustment.
  adjustments bigint NOT NULL DEFAULT 0,
  update_time timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT stock_adds_up CHECK (available::bigint + reserved + sold = received)
) WITH (fillfactor = 50);

-- Stock held together. A row in state TOMBSTONED was released before it was made: it only keeps a late original out.
CREATE TABLE reservation (
  id             uuid PRIMARY KEY,
  state          text NOT NULL CHECK (state IN ('HELD', 'COMMITTED', 'RELEASED', 'EXPIRED', 'TOMBSTONED')),
  -- The lines, in the caller's order.
  product_ids    uuid[] NOT NULL,
  quantities     integer[] NOT NULL,
  expire_time    timestamptz(3) NOT NULL,
  release_reason text NOT NULL DEFAULT '',
  -- Rises with each change, from 1: the number of the event of the change.
  version        bigint NOT NULL DEFAULT 1,
  create_time    timestamptz(3) NOT NULL DEFAULT now(),
  update_time    timestamptz(3) NOT NULL DEFAULT now(),
  CHECK (cardinality(product_ids) = cardinality(quantities)),
  CHECK ((state = 'TOMBSTONED') = (cardinality(product_ids) = 0)),
  CHECK (0 < ALL (quantities))
) WITH (fillfactor = 70);
CREATE INDEX reservation_due ON reservation (expire_time) WHERE state = 'HELD';

-- Every change of stock, with the stock after it. A position is taken while the product's stock row is locked, so one product's
-- changes are in their true order; across products a lower position may be committed after a higher one, and readers wait at gaps.
CREATE TABLE stock_change (
  position          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id        uuid NOT NULL,
  kind              text NOT NULL CHECK (kind IN
    ('CREATED', 'ADJUSTED', 'RESERVED', 'COMMITTED', 'RELEASED', 'EXPIRED', 'RETURNED', 'COMMITTED_LATE')),
  quantity          integer NOT NULL,
  available         integer NOT NULL,
  reserved          integer NOT NULL,
  sold              integer NOT NULL,
  received          integer NOT NULL,
  reservation_id    uuid,
  adjustment_reason text,
  note              text NOT NULL DEFAULT '',
  change_time       timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX stock_change_product ON stock_change (product_id, position);
CREATE INDEX stock_change_time ON stock_change (change_time);

-- Changes up to this position may be gone, but for the last of each product.
CREATE TABLE stock_change_floor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL
);
INSERT INTO stock_change_floor (position) VALUES (0);

-- A product as callers see it.
CREATE VIEW catalogue_entry AS
SELECT
  p.id, p.sku, p.name, p.sort_name, p.description, p.category, p.currency, p.price_units, p.price_nanos, p.state, p.image_uri,
  p.attributes, p.version, p.create_time, p.update_time, s.available
FROM product AS p
JOIN stock AS s ON s.product_id = p.id
WHERE p.delete_time IS NULL;

-- Products on sale that pass every filter; a null filter lets everything through. PostgreSQL inlines it, so that each statement's
-- own order still finds its index.
CREATE FUNCTION matching_products(
  words tsquery, any_category text[], in_currency text, min_units bigint, min_nanos integer, max_units bigint, max_nanos integer,
  only_in_stock boolean
)
RETURNS TABLE (
  id uuid, sku text, name text, sort_name text, description text, category text, currency text, price_units bigint,
  price_nanos integer, state text, image_uri text, attributes jsonb, version bigint, create_time timestamptz,
  update_time timestamptz, available integer, search_words tsvector
)
LANGUAGE sql STABLE
AS $$
  SELECT
    p.id, p.sku, p.name, p.sort_name, p.description, p.category, p.currency, p.price_units, p.price_nanos, p.state, p.image_uri,
    p.attributes, p.version, p.create_time, p.update_time, s.available, p.search_words
  FROM product AS p
  JOIN stock AS s ON s.product_id = p.id
  WHERE p.delete_time IS NULL
    AND p.state = 'ACTIVE'
    AND (words IS NULL OR p.search_words @@ words)
    AND (any_category IS NULL OR p.category = ANY (any_category))
    AND (in_currency IS NULL OR p.currency = in_currency)
    AND (min_units IS NULL OR (p.price_units, p.price_nanos) >= (min_units, min_nanos))
    AND (max_units IS NULL OR (p.price_units, p.price_nanos) <= (max_units, max_nanos))
    AND (NOT only_in_stock OR s.available > 0)
$$;

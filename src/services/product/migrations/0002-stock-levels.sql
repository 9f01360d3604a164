-- So few available pieces, or fewer, are low stock: an event tells when they become that few.
ALTER TABLE stock ADD COLUMN low_stock_threshold integer NOT NULL DEFAULT 5 CHECK (low_stock_threshold BETWEEN 0 AND 1000000);
-- Keeps its name because replicas of the version before count their adjustments in it while this one is rolled out.
COMMENT ON COLUMN stock.adjustments IS 'The number of the last event of the product''s stock: adjustments and crossed levels.';

-- A product as callers see it.
CREATE OR REPLACE VIEW catalogue_entry AS
SELECT
  p.id, p.sku, p.name, p.sort_name, p.description, p.category, p.currency, p.price_units, p.price_nanos, p.state, p.image_uri,
  p.attributes, p.version, p.create_time, p.update_time, s.available,
  s.low_stock_threshold
FROM product AS p
JOIN stock AS s ON s.product_id = p.id
WHERE p.delete_time IS NULL;

DROP FUNCTION matching_products(tsquery, text[], text, bigint, integer, bigint, integer, boolean);
-- Products on sale that pass every filter; a null filter lets everything through. PostgreSQL inlines it, so that each statement's
-- own order still finds its index.
CREATE FUNCTION matching_products(
  words tsquery, any_category text[], in_currency text, min_units bigint, min_nanos integer, max_units bigint, max_nanos integer,
  only_in_stock boolean
)
RETURNS TABLE (
  id uuid, sku text, name text, sort_name text, description text, category text, currency text, price_units bigint,
  price_nanos integer, state text, image_uri text, attributes jsonb, version bigint, create_time timestamptz,
  update_time timestamptz, available integer, low_stock_threshold integer, search_words tsvector
)
LANGUAGE sql STABLE
AS $$
  SELECT
    p.id, p.sku, p.name, p.sort_name, p.description, p.category, p.currency, p.price_units, p.price_nanos, p.state, p.image_uri,
    p.attributes, p.version, p.create_time, p.update_time, s.available, s.low_stock_threshold,
    p.search_words
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

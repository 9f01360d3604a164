UPDATE product AS p
SET
  name = given.name,
  sort_name = given.sort_name,
  description = given.description,
  category = given.category,
  currency = given.currency,
  price_units = given.price_units,
  price_nanos = given.price_nanos,
  state = given.state,
  image_uri = given.image_uri,
  attributes = given.attributes,
  search_words = given.search_words::tsvector,
  version = p.version + 1,
  update_time = clock_timestamp()
FROM jsonb_to_recordset($1::jsonb) AS given (
  id uuid, name text, sort_name text, description text, category text, currency text, price_units bigint, price_nanos integer,
  state text, image_uri text, attributes jsonb, search_words text
)
WHERE p.id = given.id AND p.delete_time IS NULL
RETURNING p.id, p.version, p.update_time

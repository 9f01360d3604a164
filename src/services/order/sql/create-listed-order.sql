-- Orders as they are listed. A partition is a generation of the read model (chassis/event-store).
CREATE TABLE IF NOT EXISTS listed_order (
  generation integer NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  state text NOT NULL,
  product_ids uuid[] NOT NULL,
  create_time timestamptz(3) NOT NULL,
  update_time timestamptz(3) NOT NULL,
  -- The order as it is shown.
  body json NOT NULL,
  PRIMARY KEY (generation, id)
) PARTITION BY LIST (generation)

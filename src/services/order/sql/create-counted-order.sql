-- What the statistics know of each order, to take back what they counted of it. A partition is a generation of the read model.
CREATE TABLE IF NOT EXISTS counted_order (
  generation integer NOT NULL,
  id uuid NOT NULL,
  body json NOT NULL,
  PRIMARY KEY (generation, id)
) PARTITION BY LIST (generation)

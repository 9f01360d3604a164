-- What the orders placed in a day add up to, by where they stand, why they ended, what they have. A partition is a generation of the read
-- model.
CREATE TABLE IF NOT EXISTS order_statistic (
  generation integer NOT NULL,
  kind text NOT NULL,
  day date NOT NULL,
  key text NOT NULL,
  currency_code text NOT NULL,
  orders bigint NOT NULL,
  pieces bigint NOT NULL,
  -- Billionths of the currency's unit.
  nanos numeric NOT NULL,
  PRIMARY KEY (generation, kind, day, key, currency_code)
) PARTITION BY LIST (generation)

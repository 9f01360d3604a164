-- In how many confirmed orders two products are together; each pair twice, so that either product finds the other. Counts are sums of what
-- orders did, and may be taken below zero for the moment that an order's events are handled out of turn by hand.
CREATE TABLE co_purchase (
  product_id       uuid NOT NULL,
  other_product_id uuid NOT NULL,
  orders           bigint NOT NULL,
  PRIMARY KEY (product_id, other_product_id)
);
CREATE INDEX co_purchase_most_often ON co_purchase (product_id, orders, other_product_id);

CREATE TABLE placed_order (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'CONFIRMED', 'CANCELLING', 'CANCELLED')),
  lines jsonb NOT NULL,
  product_ids uuid[] NOT NULL,
  currency_code text NOT NULL,
  total_units bigint NOT NULL,
  total_nanos integer NOT NULL,
  shipping_address jsonb NOT NULL,
  payment_method_id text NOT NULL,
  saga_id uuid NOT NULL,
  reservation_id uuid,
  payment_id uuid,
  shipment_id uuid,
  points_awarded bigint NOT NULL DEFAULT 0,
  cancellation jsonb,
  -- What was taken out of it and refunded since it was confirmed.
  reduction jsonb,
  -- Sagas under way for this order; at 0 its last event is settled.
  active_sagas integer NOT NULL CHECK (active_sagas >= 0),
  last_position bigint NOT NULL,
  -- Its events in the outbox so far; its placing was the first.
  event_count bigint NOT NULL DEFAULT 1,
  version bigint NOT NULL DEFAULT 1,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  confirm_time timestamptz,
  cancel_time timestamptz,
  CHECK ((state IN ('CANCELLING', 'CANCELLED')) = (cancellation IS NOT NULL)),
  CHECK ((state = 'CANCELLED') = (cancel_time IS NOT NULL)),
  CHECK (state <> 'CONFIRMED' OR confirm_time IS NOT NULL),
  CHECK (reduction IS NULL OR confirm_time IS NOT NULL)
);

CREATE INDEX placed_order_user ON placed_order (user_id, create_time, id);
CREATE INDEX placed_order_create_time ON placed_order (create_time, id);
CREATE INDEX placed_order_update_time ON placed_order (update_time, id);
CREATE INDEX placed_order_products ON placed_order USING gin (product_ids);

-- What happened to an order, append-only, counted from 1 without gaps. No foreign key: rows come only from the statements
-- that change their order.
CREATE TABLE order_event (
  order_id uuid NOT NULL,
  position bigint NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  step text NOT NULL,
  attempt integer NOT NULL,
  reason text NOT NULL,
  message text NOT NULL,
  settled boolean NOT NULL,
  event_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (order_id, position)
);

-- Messages to operators are to no user of the suite.
ALTER TABLE notification ALTER COLUMN user_id DROP NOT NULL;

-- A message that knows its user and not yet the address: what an event says is written here in the event's own transaction, and becomes a
-- notification once the user process was asked for the address.
CREATE TABLE draft (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL,
  channel text NOT NULL CHECK (channel IN ('EMAIL', 'SMS', 'PUSH')),
  template text NOT NULL,
  -- All but the user's name.
  parameters jsonb NOT NULL,
  order_id uuid,
  -- W3C trace context of the event.
  trace_parent text,
  attempts integer NOT NULL DEFAULT 0,
  -- When it is to be taken up, or, while somebody has it in hand, taken up by another.
  due_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  create_time timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX draft_due ON draft (due_time);
CREATE INDEX draft_of_user ON draft (user_id);
CREATE INDEX draft_of_order ON draft (order_id) WHERE order_id IS NOT NULL;

-- Who wants to hear when a product is in stock again; gone once it was told.
CREATE TABLE stock_notice (
  user_id uuid NOT NULL,
  product_id uuid NOT NULL,
  create_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, product_id)
);
CREATE INDEX stock_notice_of_product ON stock_notice (product_id);
CREATE INDEX stock_notice_newest ON stock_notice (create_time, user_id, product_id);

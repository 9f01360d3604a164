-- What a user wants to hear of. No row: everything.
CREATE TABLE preferences (
  user_id uuid PRIMARY KEY,
  muted_channels text[] NOT NULL DEFAULT '{}' CHECK (muted_channels <@ '{EMAIL,SMS,PUSH}'),
  muted_categories text[] NOT NULL DEFAULT '{}' CHECK (muted_categories <@ '{ORDER,STOCK,MARKETING}'),
  locale text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 0,
  update_time timestamptz(3)
);

-- A message and where it stands: the queue and the record in one.
CREATE TABLE notification (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  channel text NOT NULL CHECK (channel IN ('EMAIL', 'SMS', 'PUSH')),
  category text NOT NULL CHECK (category IN ('ACCOUNT', 'ORDER', 'STOCK', 'MARKETING')),
  template text NOT NULL,
  parameters jsonb NOT NULL,
  recipient text NOT NULL,
  order_id uuid,
  subject text NOT NULL,
  body text NOT NULL,
  state text NOT NULL CHECK (state IN ('QUEUED', 'SENDING', 'SENT', 'DELIVERED', 'FAILED', 'SUPPRESSED')),
  -- How often it was handed to the channel. A sender may only say how that ended while it is still at its own attempt.
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_error text NOT NULL DEFAULT '',
  -- W3C trace context of the call that wanted it: handing it over belongs there.
  trace_parent text,
  -- QUEUED: when it is to be sent. SENDING: when its sender is taken for dead and another sends it.
  due_time timestamptz,
  -- Where its newest change stands in what watchers read; null until the change has been given its place.
  position bigint UNIQUE,
  send_time timestamptz(3),
  create_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  update_time timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  CHECK ((state IN ('QUEUED', 'SENDING')) = (due_time IS NOT NULL)),
  CHECK ((state IN ('SENT', 'DELIVERED')) = (send_time IS NOT NULL))
);
CREATE INDEX notification_due ON notification (due_time) WHERE due_time IS NOT NULL;
CREATE INDEX notification_without_position ON notification (update_time) WHERE position IS NULL;
CREATE INDEX notification_of_user ON notification (user_id, id DESC);
CREATE INDEX notification_of_order ON notification (order_id, id DESC) WHERE order_id IS NOT NULL;

CREATE SEQUENCE notification_position;

-- Changes up to this position may be gone.
CREATE TABLE position_floor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL
);
INSERT INTO position_floor (position) VALUES (0);

CREATE TABLE sale (
  event_id uuid PRIMARY KEY,
  order_id uuid NOT NULL,
  pieces integer NOT NULL
);

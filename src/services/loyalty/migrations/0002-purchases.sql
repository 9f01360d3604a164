-- What confirmed orders come to, for the tiers: told by the order process. Rows go when orders are cancelled, and a year after they were made.
CREATE TABLE purchase (
  order_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  -- One for each whole unit that the order costs without what was cancelled of it.
  points bigint NOT NULL CHECK (points >= 0),
  confirm_time timestamptz(3) NOT NULL
);
CREATE INDEX purchase_of_user ON purchase (user_id, confirm_time);
CREATE INDEX purchase_time ON purchase (confirm_time);

-- A user's points: what all entries add up to. It is locked by whoever makes an entry, so entries of one user have an order.
CREATE TABLE balance (
  user_id uuid PRIMARY KEY,
  points bigint NOT NULL CHECK (points BETWEEN 0 AND 1000000000000000),
  lifetime_points bigint NOT NULL,
  -- How many entries the user has: the number of the event of each.
  version bigint NOT NULL,
  update_time timestamptz(3) NOT NULL,
  CHECK (lifetime_points >= points)
);

-- The ledger. Only INSERT is possible.
CREATE TABLE entry (
  id uuid PRIMARY KEY,
  -- Taken under the lock of the balance: within one user it rises with each commit.
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  user_id uuid NOT NULL REFERENCES balance,
  kind text NOT NULL CHECK (kind IN ('AWARD', 'REVOCATION')),
  points bigint NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  order_id uuid,
  -- The AwardPoints it came by; empty for a revocation, of which one request may make several.
  award_request_id text UNIQUE,
  award_entry_id uuid REFERENCES entry,
  balance_after bigint NOT NULL CHECK (balance_after >= 0),
  create_time timestamptz(3) NOT NULL,
  CHECK (CASE kind
    WHEN 'AWARD' THEN points > 0 AND award_request_id IS NOT NULL AND award_entry_id IS NULL
    ELSE points < 0 AND award_request_id IS NULL AND award_entry_id IS NOT NULL END)
);
CREATE INDEX entry_of_user ON entry (user_id, position DESC);
CREATE INDEX entry_of_order ON entry (order_id, position DESC) WHERE order_id IS NOT NULL;
CREATE INDEX entry_of_award ON entry (award_entry_id) WHERE award_entry_id IS NOT NULL;

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

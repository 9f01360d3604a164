-- The provider's own ledger, as far as it was read: what happened to money, and the keys it was asked under. Amounts are minor units.
CREATE TABLE provider_entry (
  -- Its place in the provider's ledger.
  sequence bigint PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('AUTHORIZATION', 'RELEASE', 'CAPTURE', 'REFUND')),
  provider_key text NOT NULL,
  -- Of the authorization, the capture or the refund: what a transaction of ours is booked under.
  provider_reference text NOT NULL,
  authorization_reference text NOT NULL,
  -- What we told the provider it was for: an order's id.
  order_reference text NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL,
  -- A transaction of ours says the same.
  matched boolean NOT NULL DEFAULT false,
  entry_time timestamptz NOT NULL,
  read_time timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX provider_entry_by_reference ON provider_entry (provider_reference, kind);
CREATE INDEX provider_entry_unmatched ON provider_entry (sequence) WHERE NOT matched;
CREATE INDEX ledger_transaction_by_reference ON ledger_transaction (provider_reference, kind);

-- How far the two ledgers are compared: the provider's up to a position, ours up to a time.
CREATE TABLE ledger_comparison (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL,
  compared_until timestamptz NOT NULL
);
INSERT INTO ledger_comparison (position, compared_until) VALUES (0, '-infinity');

-- What the two ledgers disagree on and nobody could repair.
CREATE TABLE payment_discrepancy (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text NOT NULL CHECK (kind IN ('UNKNOWN_HERE', 'NOT_BOOKED', 'DIFFERS', 'UNKNOWN_AT_PROVIDER', 'HOLD_LEFT')),
  transaction_kind text NOT NULL,
  payment_id uuid REFERENCES payment,
  order_reference text NOT NULL,
  provider_reference text NOT NULL,
  our_currency text,
  our_amount bigint,
  provider_currency text,
  provider_amount bigint,
  detect_time timestamptz NOT NULL DEFAULT now(),
  resolve_time timestamptz,
  UNIQUE (provider_reference, transaction_kind)
);
CREATE INDEX payment_discrepancy_open ON payment_discrepancy (position) WHERE resolve_time IS NULL;

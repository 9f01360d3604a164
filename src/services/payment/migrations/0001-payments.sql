-- A card kept at the provider. It is written before the provider is asked, so that a lost reply can be settled later.
-- Its number and security code are in no column of any table.
CREATE TABLE payment_method (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  -- ADDING: the provider was asked. KEPT: it pays. REFUSED: the provider did not take it. DELETED: it pays no more.
  -- ABANDONED: the question never reached the provider; the same command again asks again.
  state text NOT NULL CHECK (state IN ('ADDING', 'KEPT', 'REFUSED', 'ABANDONED', 'DELETED')),
  -- Sent to the provider as Idempotency-Key.
  provider_key text NOT NULL UNIQUE,
  provider_token text UNIQUE,
  brand text,
  last4 text CHECK (last4 ~ '^[0-9]{4}$'),
  expiry_month integer NOT NULL CHECK (expiry_month BETWEEN 1 AND 12),
  expiry_year integer NOT NULL CHECK (expiry_year BETWEEN 2000 AND 2100),
  holder_name text NOT NULL,
  make_default boolean NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  -- What the one who asked hears, now and at each repeat.
  answer jsonb,
  -- Deleted here, and the provider has been told too.
  forgotten boolean NOT NULL DEFAULT false,
  next_attempt_time timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  CHECK (state = 'KEPT' OR NOT is_default),
  CHECK (state = 'DELETED' OR NOT forgotten),
  CHECK ((state IN ('KEPT', 'DELETED')) = (provider_token IS NOT NULL AND brand IS NOT NULL AND last4 IS NOT NULL)),
  CHECK ((state IN ('ADDING', 'ABANDONED')) = (answer IS NULL))
);
CREATE UNIQUE INDEX payment_method_one_default ON payment_method (user_id) WHERE is_default;
CREATE INDEX payment_method_of_user ON payment_method (user_id, id DESC) WHERE state IN ('ADDING', 'KEPT');
CREATE INDEX payment_method_unsettled ON payment_method (next_attempt_time)
  WHERE state = 'ADDING' OR (state = 'DELETED' AND NOT forgotten);

-- The payment of one order. Amounts are minor units of its currency.
CREATE TABLE payment (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL,
  user_id uuid NOT NULL,
  -- Of a row that is never deleted. No foreign key: its check would lock the card's row for every payment with it.
  payment_method_id uuid NOT NULL,
  authorize_request_id text NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN (
    'AUTHORIZING', 'AUTHORIZED', 'DECLINED', 'CAPTURING', 'CAPTURED', 'VOIDING', 'VOIDED', 'EXPIRED',
    'PARTIALLY_REFUNDED', 'REFUNDED')),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  amount bigint NOT NULL CHECK (amount > 0),
  captured bigint NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
  refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
  refunding bigint NOT NULL DEFAULT 0 CHECK (refunding >= 0),
  card_brand text NOT NULL,
  card_last4 text NOT NULL CHECK (card_last4 ~ '^[0-9]{4}$'),
  decline_code text NOT NULL DEFAULT '',
  provider_reference text NOT NULL DEFAULT '',
  capture_reference text NOT NULL DEFAULT '',
  expire_time timestamptz,
  -- When the reconciler next asks whether the hold still stands; null unless AUTHORIZED.
  next_check_time timestamptz,
  -- Rises by one with each change but of next_check_time: whoever has read it knows whether anything has changed since.
  version bigint NOT NULL DEFAULT 1,
  -- Of its last event in the outbox; 0: there is none yet.
  last_event bigint NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  -- No more goes back, or is on its way, than was taken.
  CHECK (refunded + refunding <= captured),
  CHECK ((captured > 0) = (state IN ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'))),
  CHECK ((captured > 0) = (capture_reference <> '')),
  CHECK (CASE state
    WHEN 'PARTIALLY_REFUNDED' THEN refunded > 0 AND refunded < captured
    WHEN 'REFUNDED' THEN refunded = captured
    ELSE refunded = 0 END),
  CHECK ((state = 'DECLINED') = (decline_code <> '')),
  CHECK (state NOT IN ('AUTHORIZED', 'CAPTURING', 'CAPTURED', 'EXPIRED', 'PARTIALLY_REFUNDED', 'REFUNDED')
    OR (provider_reference <> '' AND expire_time IS NOT NULL))
);
-- An order has at most one payment that can still take, or has taken, money.
CREATE UNIQUE INDEX payment_one_live_per_order ON payment (order_id) WHERE state NOT IN ('DECLINED', 'VOIDED', 'EXPIRED');
CREATE INDEX payment_of_order ON payment (order_id, id DESC);
CREATE INDEX payment_of_user ON payment (user_id, id DESC);
CREATE INDEX payment_by_state ON payment (state, id DESC);
CREATE INDEX payment_unchecked_hold ON payment (next_check_time) WHERE next_check_time IS NOT NULL;

-- What the provider was asked to do with a payment: written before it is asked, with the key it is asked under.
CREATE TABLE provider_operation (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment,
  kind text NOT NULL CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND')),
  state text NOT NULL CHECK (state IN ('PENDING', 'SUCCEEDED', 'REFUSED')),
  -- Sent to the provider as Idempotency-Key: however often it is asked, it happens once.
  provider_key text NOT NULL UNIQUE,
  amount bigint NOT NULL CHECK (amount > 0),
  -- As given with the command.
  reason text NOT NULL DEFAULT '',
  provider_reference text NOT NULL DEFAULT '',
  -- What the one who asked hears, now and at each repeat: {"payment": ...} or {"refusal": ...}.
  answer jsonb,
  next_attempt_time timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  CHECK ((state = 'PENDING') = (answer IS NULL))
);
-- One at a time, and one capture for ever. Refunds may be several.
CREATE UNIQUE INDEX provider_operation_one_in_flight ON provider_operation (payment_id, kind)
  WHERE state = 'PENDING' AND kind <> 'REFUND';
CREATE UNIQUE INDEX provider_operation_one_capture ON provider_operation (payment_id)
  WHERE kind = 'CAPTURE' AND state <> 'REFUSED';
CREATE UNIQUE INDEX provider_operation_one_authorization ON provider_operation (payment_id) WHERE kind = 'AUTHORIZE';
CREATE INDEX provider_operation_of_payment ON provider_operation (payment_id, id);
CREATE INDEX provider_operation_unsettled ON provider_operation (next_attempt_time) WHERE state = 'PENDING';

-- The double-entry ledger. One row is one amount on two accounts, so that debits and credits cannot differ.
CREATE TABLE ledger_transaction (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment,
  order_id uuid NOT NULL,
  -- Written by the statement that ends the operation.
  operation_id uuid,
  kind text NOT NULL,
  debit_account text NOT NULL,
  credit_account text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  amount bigint NOT NULL CHECK (amount > 0),
  provider_reference text NOT NULL CHECK (provider_reference <> ''),
  reconciled boolean NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind, debit_account, credit_account) IN (
    ('AUTHORIZATION', 'CARD_HOLDS', 'HELD_FOR_ORDERS'),
    ('RELEASE', 'HELD_FOR_ORDERS', 'CARD_HOLDS'),
    ('CAPTURE', 'PROVIDER_RECEIVABLE', 'SALES'),
    ('REFUND', 'REFUNDS', 'PROVIDER_RECEIVABLE')))
);
-- A hold is given once, ends once and is captured once; a refund is booked once.
CREATE UNIQUE INDEX ledger_transaction_once ON ledger_transaction (payment_id, kind) WHERE kind <> 'REFUND';
CREATE UNIQUE INDEX ledger_transaction_one_refund ON ledger_transaction (operation_id) WHERE kind = 'REFUND';
CREATE INDEX ledger_transaction_of_payment ON ledger_transaction (payment_id, id);
CREATE INDEX ledger_transaction_by_time ON ledger_transaction (create_time);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is never changed or removed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

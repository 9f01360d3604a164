-- $1 entries as JSON
INSERT INTO provider_entry (
  sequence, kind, provider_key, provider_reference, authorization_reference, order_reference, currency, amount, entry_time
)
SELECT
  sequence, kind, provider_key, provider_reference, authorization_reference, order_reference, currency, amount, entry_time
FROM jsonb_to_recordset($1::jsonb) AS e (
  sequence bigint, kind text, provider_key text, provider_reference text, authorization_reference text,
  order_reference text, currency text, amount bigint, entry_time timestamptz
)

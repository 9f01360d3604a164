-- What the provider's ledger has and ours has not, or otherwise. A hold that was let go and that nobody here knows is settled; an
-- operation that waits for its answer is repaired when the answer can be had. $1 how long an answer may be on its way, in milliseconds
INSERT INTO payment_discrepancy (
  kind, transaction_kind, payment_id, order_reference, provider_reference, our_currency, our_amount, provider_currency,
  provider_amount
)
SELECT
  CASE WHEN t.id IS NOT NULL THEN 'DIFFERS' WHEN o.id IS NOT NULL THEN 'NOT_BOOKED' ELSE 'UNKNOWN_HERE' END,
  e.kind, coalesce(t.payment_id, o.payment_id, h.payment_id), e.order_reference, e.provider_reference, t.currency, t.amount,
  e.currency, e.amount
FROM provider_entry AS e
LEFT JOIN ledger_transaction AS t ON t.provider_reference = e.provider_reference AND t.kind = e.kind
LEFT JOIN ledger_transaction AS h ON h.provider_reference = e.authorization_reference AND h.kind = 'AUTHORIZATION'
LEFT JOIN provider_operation AS o ON o.provider_key = e.provider_key
LEFT JOIN provider_entry AS r ON r.provider_reference = e.authorization_reference AND r.kind = 'RELEASE'
WHERE NOT e.matched
  AND e.read_time < now() - $1 * interval '1 millisecond'
  AND o.state IS DISTINCT FROM 'PENDING'
  AND (h.id IS NOT NULL OR r.sequence IS NULL)
ON CONFLICT (provider_reference, transaction_kind) DO NOTHING

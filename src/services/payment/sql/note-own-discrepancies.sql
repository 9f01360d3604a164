-- What our ledger has since the last comparison and the provider's, read to its end after that, has not. A void that found its hold
-- run out has no entry there. $1 how long a transaction may take to be seen, in milliseconds
WITH comparison AS (
  UPDATE ledger_comparison AS new
  SET compared_until = now() - $1 * interval '1 millisecond'
  FROM (SELECT compared_until FROM ledger_comparison FOR UPDATE) AS old
  RETURNING old.compared_until AS since, new.compared_until AS until
)
INSERT INTO payment_discrepancy (
  kind, transaction_kind, payment_id, order_reference, provider_reference, our_currency, our_amount
)
SELECT
  CASE t.kind WHEN 'RELEASE' THEN 'HOLD_LEFT' ELSE 'UNKNOWN_AT_PROVIDER' END,
  t.kind, t.payment_id, t.order_id::text, t.provider_reference, t.currency, t.amount
FROM comparison AS c
JOIN ledger_transaction AS t ON t.create_time >= c.since AND t.create_time < c.until
LEFT JOIN provider_operation AS o ON o.id = t.operation_id
JOIN payment AS p ON p.id = t.payment_id
WHERE (t.kind <> 'RELEASE' OR (o.kind = 'VOID' AND p.expire_time > t.create_time))
  AND NOT EXISTS (
    SELECT FROM provider_entry AS e WHERE e.provider_reference = t.provider_reference AND e.kind = t.kind
  )
ON CONFLICT (provider_reference, transaction_kind) DO NOTHING

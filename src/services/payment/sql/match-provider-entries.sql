UPDATE provider_entry AS e
SET matched = true
FROM ledger_transaction AS t
WHERE NOT e.matched
  AND t.provider_reference = e.provider_reference
  AND t.kind = e.kind
  AND t.currency = e.currency
  AND t.amount = e.amount
  AND t.order_id::text = e.order_reference

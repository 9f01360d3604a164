-- What the ledgers agree on by now, and holds of nobody's that were let go.
UPDATE payment_discrepancy AS d
SET resolve_time = now()
FROM provider_entry AS e
WHERE d.resolve_time IS NULL
  AND e.provider_reference = d.provider_reference
  AND (
    (e.kind = d.transaction_kind AND (e.matched OR d.kind IN ('UNKNOWN_AT_PROVIDER', 'HOLD_LEFT')))
    OR (e.kind = 'RELEASE' AND d.kind = 'UNKNOWN_HERE' AND d.transaction_kind = 'AUTHORIZATION')
  )

-- What the provider did and we have not booked, but know how to: the answer of an operation was lost, or a hold was let go that
-- we believe in. $1 how long an answer may be on its way, in milliseconds, $2 limit
SELECT o.id AS operation_id, h.payment_id, e.authorization_reference
FROM provider_entry AS e
LEFT JOIN provider_operation AS o ON o.provider_key = e.provider_key
LEFT JOIN ledger_transaction AS h ON h.provider_reference = e.authorization_reference AND h.kind = 'AUTHORIZATION'
LEFT JOIN payment AS p ON p.id = h.payment_id
WHERE NOT e.matched
  AND CASE
    WHEN o.id IS NULL THEN e.kind = 'RELEASE' AND p.state = 'AUTHORIZED'
    ELSE o.state = 'PENDING' AND o.create_time < now() - $1 * interval '1 millisecond'
  END
ORDER BY e.sequence
LIMIT $2

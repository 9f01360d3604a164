SELECT * FROM ledger_transaction
WHERE ($1::uuid IS NULL OR payment_id = $1)
  AND ($2::timestamptz IS NULL OR create_time >= $2)
  AND ($3::timestamptz IS NULL OR create_time < $3)
  AND ($4::uuid IS NULL OR id > $4)
ORDER BY id
LIMIT $5

INSERT INTO ledger_transaction (
  id, payment_id, order_id, operation_id, kind, debit_account, credit_account, currency, amount, provider_reference,
  reconciled)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

SELECT * FROM provider_operation WHERE payment_id = ANY ($1::uuid[]) AND kind = 'REFUND' ORDER BY id

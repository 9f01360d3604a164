-- Gives each of these products, whose stock the transaction has locked, the number of its next event.
UPDATE stock
SET adjustments = adjustments + 1
WHERE product_id = ANY ($1::uuid[])
RETURNING product_id, adjustments AS event_count

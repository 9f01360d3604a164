INSERT INTO payment (
  id, order_id, user_id, payment_method_id, authorize_request_id, state, currency, amount, card_brand, card_last4)
VALUES ($1, $2, $3, $4, $5, 'AUTHORIZING', $6, $7, $8, $9)

INSERT INTO account (id, email, display_name, phone, default_address, roles, state)
VALUES ($1, $2, $3, $4, $5, $6, 'ACTIVE')
RETURNING *

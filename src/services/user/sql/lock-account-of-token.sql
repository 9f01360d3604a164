-- Sessions of an account change one at a time: under this lock nothing is added to a family that is being ended.
SELECT * FROM account
WHERE id = (SELECT account_id FROM refresh_token WHERE token_hash = $1)
FOR UPDATE

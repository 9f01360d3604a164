SELECT account.*, credential.password_hash
FROM account JOIN credential ON credential.account_id = account.id
WHERE account.email = $1

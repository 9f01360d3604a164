SELECT * FROM provider_operation WHERE id = $1

SELECT * FROM carrier_operation WHERE id = $1

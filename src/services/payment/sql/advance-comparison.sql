-- 0 rows where another instance has read on in the meantime. $1 the position that was read after, $2 the one that was reached
UPDATE ledger_comparison SET position = $2::bigint WHERE position = $1::bigint

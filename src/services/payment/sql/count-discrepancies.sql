SELECT kind, count(*)::integer AS open FROM payment_discrepancy WHERE resolve_time IS NULL GROUP BY kind

DELETE FROM signing_key WHERE retire_time < now() - interval '1 day'

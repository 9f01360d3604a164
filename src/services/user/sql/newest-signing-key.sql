-- Whether the newest key is young enough ($1 seconds), and for how long any key still verifies; null: there is none.
SELECT max(activate_time) > now() - make_interval(secs => $1) AS fresh,
       extract(epoch FROM max(retire_time) - now())::float8 AS seconds_left
FROM signing_key WHERE retire_time > now()

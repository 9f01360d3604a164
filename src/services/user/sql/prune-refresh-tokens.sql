DELETE FROM refresh_token WHERE expire_time < now() - interval '7 days'

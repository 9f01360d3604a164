CREATE TABLE kept (call_id text PRIMARY KEY);

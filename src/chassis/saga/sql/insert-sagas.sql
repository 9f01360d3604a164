-- Many sagas at once. $1 as SagaEngine.draft gives each, in a JSON array
SELECT start_sagas($1::jsonb)

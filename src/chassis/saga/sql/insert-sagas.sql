-- Many sagas at once. $1 as SagaEngine.draft gives each, in a JSON array
SELECT start_saga(value)
FROM jsonb_array_elements($1::jsonb)

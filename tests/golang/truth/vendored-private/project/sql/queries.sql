-- name: CountEntries :one
SELECT count(*) FROM entries;

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

// Of several programs that migrate at once, one does it and the others wait.
const migrationLock = 7_346_021

// Migrate runs the steps that the database has not had: the files *.sql in order of their names.
// All of them happen, or none. It returns the names of those that it ran.
func (s *Store) Migrate(ctx context.Context, files fs.FS) ([]string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("migrate: no *.sql in the folder of migrations")
	}
	ran := []string{}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := prepare(ctx, tx); err != nil {
			return err
		}
		for _, name := range names {
			fresh, err := step(ctx, tx, files, name)
			if err != nil {
				return fmt.Errorf("migrate: %s: %w", name, err)
			}
			if fresh {
				ran = append(ran, name)
			}
		}
		return nil
	})
	return ran, err
}

func prepare(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (
		name TEXT PRIMARY KEY,
		at   TIMESTAMPTZ NOT NULL DEFAULT now()
	)`)
	return err
}

// step runs one file, and reports false when the database has had it.
func step(ctx context.Context, tx pgx.Tx, files fs.FS, name string) (bool, error) {
	const statement = "INSERT INTO schema_migrations (name) VALUES ($1) ON CONFLICT DO NOTHING"
	done, err := tx.Exec(ctx, statement, name)
	if err != nil || done.RowsAffected() == 0 {
		return false, err
	}
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, string(text))
	return true, err
}

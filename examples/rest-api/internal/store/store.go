// Package store keeps events in PostgreSQL.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/rest-api/internal/event"
)

const pingTimeout = 2 * time.Second

// Store is a database with events.
type Store struct {
	pool *pgxpool.Pool
}

// Open prepares connections to the database at url; none is made before it is needed.
func Open(ctx context.Context, url string) (*Store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return &Store{pool}, nil
}

// Close ends all connections.
func (s *Store) Close() { s.pool.Close() }

// Ping asks whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return s.pool.Ping(ctx)
}

const columns = "id, title, starts, zone"

// Each calls visit with the events in the order in which they start, until it returns an error.
func (s *Store) Each(ctx context.Context, visit func(event.Event) error) error {
	rows, err := s.pool.Query(ctx, "SELECT "+columns+" FROM events ORDER BY starts, id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		found, err := scan(rows)
		if err != nil {
			return err
		}
		if err := visit(found); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Get returns one event, or event.ErrNotFound.
func (s *Store) Get(ctx context.Context, id int64) (event.Event, error) {
	return s.one(ctx, "SELECT "+columns+" FROM events WHERE id = $1", id)
}

// Add keeps a new event and returns it with its number.
func (s *Store) Add(ctx context.Context, e event.Event) (event.Event, error) {
	const statement = "INSERT INTO events (title, starts, zone) VALUES ($1, $2, $3) RETURNING " + columns
	return s.one(ctx, statement, e.Title, e.Starts, e.Zone)
}

// Change keeps the event in the place of the one with its number, or returns event.ErrNotFound.
func (s *Store) Change(ctx context.Context, e event.Event) (event.Event, error) {
	const statement = "UPDATE events SET title = $2, starts = $3, zone = $4 WHERE id = $1 RETURNING " + columns
	return s.one(ctx, statement, e.ID, e.Title, e.Starts, e.Zone)
}

// Remove forgets one event, or returns event.ErrNotFound.
func (s *Store) Remove(ctx context.Context, id int64) error {
	done, err := s.pool.Exec(ctx, "DELETE FROM events WHERE id = $1", id)
	if err == nil && done.RowsAffected() == 0 {
		return event.ErrNotFound
	}
	return err
}

func (s *Store) one(ctx context.Context, statement string, args ...any) (event.Event, error) {
	found, err := scan(s.pool.QueryRow(ctx, statement, args...))
	if errors.Is(err, pgx.ErrNoRows) {
		return event.Event{}, event.ErrNotFound
	}
	return found, err
}

func scan(row pgx.Row) (event.Event, error) {
	var e event.Event
	if err := row.Scan(&e.ID, &e.Title, &e.Starts, &e.Zone); err != nil {
		return event.Event{}, err
	}
	return e.Here()
}

package cache

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"testing"
	"time"

	"example.com/rest-api/internal/event"
)

// shelf is a store with one event that counts how often it is asked.
type shelf struct {
	Store
	event event.Event
	asked int
}

func (s *shelf) Get(_ context.Context, id int64) (event.Event, error) {
	s.asked++
	if id != s.event.ID {
		return event.Event{}, event.ErrNotFound
	}
	return s.event, nil
}

func (s *shelf) Change(_ context.Context, e event.Event) (event.Event, error) {
	s.event = e
	return e, nil
}

func (s *shelf) Remove(context.Context, int64) error {
	s.event = event.Event{}
	return nil
}

func newShelf(t *testing.T, id int64) *shelf {
	t.Helper()
	e, err := event.New("Retro", "2026-03-29T10:00", "Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	e.ID = id
	return &shelf{event: e}
}

func newCached(t *testing.T, store Store, addr string) *Cached {
	t.Helper()
	c := New(store, addr, time.Minute, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestCached(t *testing.T) {
	addr := os.Getenv("TEST_REDIS_ADDR")
	if addr == "" {
		t.Skip("TEST_REDIS_ADDR names no server to test with")
	}
	s := newShelf(t, time.Now().UnixNano())
	c, ctx := newCached(t, s, addr), t.Context()
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := c.Get(ctx, s.event.ID); err != nil || !reflect.DeepEqual(got, s.event) {
			t.Errorf("got %+v, %v, want %+v", got, err, s.event)
		}
	}
	if s.asked != 1 {
		t.Errorf("the store was asked %d times", s.asked)
	}
	changed := s.event
	changed.Title = "Planning"
	if _, err := c.Change(ctx, changed); err != nil {
		t.Error(err)
	}
	if got, err := c.Get(ctx, changed.ID); err != nil || got.Title != "Planning" {
		t.Errorf("after a change: got %+v, %v", got, err)
	}
	if err := c.Remove(ctx, changed.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(ctx, changed.ID); !errors.Is(err, event.ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
}

func TestWithoutRedis(t *testing.T) {
	s := newShelf(t, 1)
	c := newCached(t, s, "127.0.0.1:1")
	if err := c.Ping(t.Context()); err == nil {
		t.Error("nobody is there, yet the cache answers")
	}
	if got, err := c.Get(t.Context(), 1); err != nil || got.Title != "Retro" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := c.Remove(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

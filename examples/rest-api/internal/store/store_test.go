package store

import (
	"errors"
	"os"
	"reflect"
	"testing"
	"testing/fstest"

	"example.com/rest-api/internal/event"
)

// open gives an empty database with the schema; TEST_DATABASE_URL says where it may make one.
func open(t *testing.T) *Store {
	t.Helper()
	url := os.Getenv("TEST_DATABASE_URL")
	if url == "" {
		t.Skip("TEST_DATABASE_URL names no database to test with")
	}
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.pool.Exec(t.Context(), "DROP TABLE IF EXISTS events, schema_migrations"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Migrate(t.Context(), os.DirFS("../../migrations")); err != nil {
		t.Fatal(err)
	}
	return s
}

func newEvent(t *testing.T, title, starts string) event.Event {
	t.Helper()
	e, err := event.New(title, starts, "Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestLifeOfAnEvent(t *testing.T) {
	s, ctx := open(t), t.Context()
	added, err := s.Add(ctx, newEvent(t, "Retro", "2026-03-29T10:00"))
	if err != nil || added.ID == 0 {
		t.Fatalf("got %+v, %v", added, err)
	}
	if got, err := s.Get(ctx, added.ID); err != nil || !reflect.DeepEqual(got, added) {
		t.Errorf("got %+v, %v, want %+v", got, err, added)
	}
	changed := newEvent(t, "Planning", "2026-03-30T10:00")
	changed.ID = added.ID
	if got, err := s.Change(ctx, changed); err != nil || got.Title != "Planning" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.Remove(ctx, added.ID); err != nil {
		t.Error(err)
	}
	_, absent := s.Get(ctx, added.ID)
	_, unchanged := s.Change(ctx, changed)
	for _, err := range []error{absent, unchanged, s.Remove(ctx, added.ID)} {
		if !errors.Is(err, event.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
}

func TestEachInOrder(t *testing.T) {
	s, ctx := open(t), t.Context()
	for _, e := range []event.Event{newEvent(t, "later", "2026-05-01T10:00"), newEvent(t, "sooner", "2026-04-01T10:00")} {
		if _, err := s.Add(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	var titles []string
	err := s.Each(ctx, func(e event.Event) error {
		titles = append(titles, e.Title)
		return nil
	})
	if err != nil || !reflect.DeepEqual(titles, []string{"sooner", "later"}) {
		t.Errorf("got %v, %v", titles, err)
	}
	enough := errors.New("enough")
	if err := s.Each(ctx, func(event.Event) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

func TestMigrateOnce(t *testing.T) {
	s := open(t)
	files := fstest.MapFS{
		"1_a.sql": {Data: []byte("CREATE TEMPORARY TABLE a (x INT); INSERT INTO a VALUES (1)")},
		"2_b.sql": {Data: []byte("INSERT INTO a VALUES (2)")},
		"README":  {Data: []byte("not a step")},
	}
	for _, want := range [][]string{{"1_a.sql", "2_b.sql"}, {}} {
		if got, err := s.Migrate(t.Context(), files); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
}

func TestMigrateAllOrNothing(t *testing.T) {
	s := open(t)
	files := fstest.MapFS{
		"1_good.sql": {Data: []byte("CREATE TABLE half (x INT)")},
		"2_bad.sql":  {Data: []byte("CREATE TABEL")},
	}
	if _, err := s.Migrate(t.Context(), files); err == nil {
		t.Error("bad SQL is accepted")
	}
	if _, err := s.pool.Exec(t.Context(), "SELECT * FROM half"); err == nil {
		t.Error("half of it happened")
	}
	if _, err := s.Migrate(t.Context(), fstest.MapFS{}); err == nil {
		t.Error("an empty folder is accepted")
	}
}

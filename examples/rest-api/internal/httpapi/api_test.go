package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/rest-api/internal/event"
)

// memory keeps events in the order in which they came. With an error it fails.
type memory struct {
	events []event.Event
	last   int64
	err    error
}

func (m *memory) Each(_ context.Context, visit func(event.Event) error) error {
	for _, e := range m.events {
		if err := visit(e); err != nil {
			return err
		}
	}
	return m.err
}

func (m *memory) Get(_ context.Context, id int64) (event.Event, error) {
	if at := m.find(id); at >= 0 {
		return m.events[at], m.err
	}
	return event.Event{}, event.ErrNotFound
}

func (m *memory) Add(_ context.Context, e event.Event) (event.Event, error) {
	m.last++
	e.ID = m.last
	m.events = append(m.events, e)
	return e, m.err
}

func (m *memory) Change(_ context.Context, e event.Event) (event.Event, error) {
	at := m.find(e.ID)
	if at < 0 {
		return event.Event{}, event.ErrNotFound
	}
	m.events[at] = e
	return e, m.err
}

func (m *memory) Remove(_ context.Context, id int64) error {
	at := m.find(id)
	if at < 0 {
		return event.ErrNotFound
	}
	m.events = slices.Delete(m.events, at, at+1)
	return m.err
}

func (m *memory) find(id int64) int {
	return slices.IndexFunc(m.events, func(e event.Event) bool { return e.ID == id })
}

// service is an API over memory; created counts what it told of.
type service struct {
	handler http.Handler
	events  *memory
	metrics *prometheus.Registry
	checks  map[string]Check
	created int
}

func newService() *service {
	s := &service{events: &memory{}, metrics: prometheus.NewRegistry(), checks: map[string]Check{}}
	s.handler = New(Options{
		Events:  s.events,
		Created: func(context.Context, event.Event) { s.created++ },
		Ready:   s.checks,
		Metrics: s.metrics,
		Log:     slog.New(slog.DiscardHandler),
	})
	return s
}

func (s *service) do(method, target, body string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, httptest.NewRequest(method, target, strings.NewReader(body)))
	return recorder
}

const (
	retro    = `{"title":"Retro","starts":"2026-03-29T10:00","zone":"Europe/Zurich"}`
	planning = `{"title":"Planning","starts":"2026-03-28T10:00","zone":"Europe/Zurich"}`
	stored   = `{"id":1,"title":"Retro","starts":"2026-03-29T10:00:00+02:00","zone":"Europe/Zurich"}`
)

func TestRoutes(t *testing.T) {
	s := newService()
	steps := []struct {
		method, target, body string
		status               int
		contains             string
	}{
		{"GET", "/events", "", 200, "[]"},
		{"POST", "/events", retro, 201, stored},
		{"GET", "/events", "", 200, "[" + stored + "]"},
		{"GET", "/events/1", "", 200, stored},
		{"GET", "/events/export.csv", "", 200, "1,Retro,2026-03-29T10:00:00+02:00,Europe/Zurich\n"},
		{"PUT", "/events/1", planning, 200, "2026-03-28T10:00:00+01:00"},
		{"DELETE", "/events/1", "", 204, ""},
		{"GET", "/events/1", "", 404, "no such event"},
		{"PUT", "/events/1", planning, 404, "no such event"},
		{"DELETE", "/events/1", "", 404, "no such event"},
		{"GET", "/events/99999999999999999999", "", 404, "no such event"},
		{"POST", "/events", "{", 400, "unexpected EOF"},
		{"POST", "/events", `{"titel":""}`, 400, "titel"},
		{"POST", "/events", `{"title":"Retro","starts":"2026-03-29T10:00","zone":"Moon/Tycho"}`, 400, "Moon/Tycho"},
		{"POST", "/events", `{"title":"` + strings.Repeat("x", mostBody) + `"}`, 400, "too large"},
		{"PATCH", "/events/1", "", 405, ""},
		{"GET", "/healthz", "", 200, `{"status":"ok"}`},
		{"GET", "/nowhere", "", 404, ""},
	}
	for _, step := range steps {
		got := s.do(step.method, step.target, step.body)
		if got.Code != step.status || !strings.Contains(got.Body.String(), step.contains) {
			t.Errorf("%s %s: got %d %s", step.method, step.target, got.Code, got.Body)
		}
	}
	if s.created != 1 {
		t.Errorf("told of %d new events", s.created)
	}
}

func TestFailuresAreNotShown(t *testing.T) {
	s := newService()
	s.events.err = errors.New("password=hunter2")
	for _, target := range []string{"/events", "/events/export.csv"} {
		got := s.do("GET", target, "")
		if got.Code != 500 || strings.Contains(got.Body.String(), "hunter2") {
			t.Errorf("%s: got %d %s", target, got.Code, got.Body)
		}
	}
	if got := s.do("POST", "/events", retro); got.Code != 500 || s.created != 0 {
		t.Errorf("got %d, told of %d", got.Code, s.created)
	}
}

func TestExportLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := newService()
	for _, err := range []error{nil, errors.New("gone")} {
		s.events.err = err
		s.do("GET", "/events/export.csv", "")
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestReady(t *testing.T) {
	s := newService()
	s.checks["database"] = func(context.Context) error { return nil }
	if got := s.do("GET", "/readyz", ""); got.Code != 200 || got.Body.String() != "{\"database\":\"ok\"}\n" {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	s.checks["cache"] = func(context.Context) error { return errors.New("connection refused") }
	want := "{\"cache\":\"failed\",\"database\":\"ok\"}\n"
	if got := s.do("GET", "/readyz", ""); got.Code != 503 || got.Body.String() != want {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
}

func TestMetricsNameRoutes(t *testing.T) {
	s := newService()
	for _, target := range []string{"/events/1", "/events/2", "/nowhere"} {
		s.do("GET", target, "")
	}
	families, err := s.metrics.Gather()
	if err != nil || len(families) != 1 || len(families[0].GetMetric()) != 1 {
		t.Fatalf("got %v, %v", families, err)
	}
	metric := families[0].GetMetric()[0]
	if count := metric.GetHistogram().GetSampleCount(); count != 2 {
		t.Errorf("counted %d requests", count)
	}
	labels := map[string]string{}
	for _, label := range metric.GetLabel() {
		labels[label.GetName()] = label.GetValue()
	}
	if labels["route"] != "/events/{id:[0-9]+}" || labels["status"] != "404" {
		t.Errorf("got %v", labels)
	}
}

// Package httpapi answers HTTP requests about events.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"

	"example.com/rest-api/internal/event"
)

// Events is where events are kept.
type Events interface {
	Each(ctx context.Context, visit func(event.Event) error) error
	Get(ctx context.Context, id int64) (event.Event, error)
	Add(ctx context.Context, e event.Event) (event.Event, error)
	Change(ctx context.Context, e event.Event) (event.Event, error)
	Remove(ctx context.Context, id int64) error
}

// Check asks something that the service needs whether it is well.
type Check func(context.Context) error

// Options are what the API stands on.
type Options struct {
	Events  Events
	Created func(context.Context, event.Event) // is told of new events
	Ready   map[string]Check
	Metrics prometheus.Registerer
	Log     *slog.Logger
}

type api struct{ Options }

// New returns the handler of all routes.
func New(options Options) http.Handler {
	a := api{options}
	router := mux.NewRouter()
	router.Use(measured(options.Metrics))

	router.HandleFunc("/healthz", a.live).Methods(http.MethodGet)
	router.HandleFunc("/readyz", a.ready).Methods(http.MethodGet)

	events := router.PathPrefix("/events").Subrouter()
	events.HandleFunc("", a.answered(a.list)).Methods(http.MethodGet)
	events.HandleFunc("", a.answered(a.add)).Methods(http.MethodPost)
	events.HandleFunc("/export.csv", a.answered(a.export)).Methods(http.MethodGet)
	events.HandleFunc("/{id:[0-9]+}", a.answered(a.get)).Methods(http.MethodGet)
	events.HandleFunc("/{id:[0-9]+}", a.answered(a.change)).Methods(http.MethodPut)
	events.HandleFunc("/{id:[0-9]+}", a.answered(a.remove)).Methods(http.MethodDelete)
	return router
}

package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/jackc/pgx/v5/pgxpool"
)

const invoices = "https://api.stripe.com/v1/invoices"

// Routes returns the routes of billing.
func Routes(pool *pgxpool.Pool, zone *time.Location, key string) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.RealIP, middleware.Recoverer)
	r.Use(middleware.Heartbeat("/ping"))
	r.Route("/internal", func(r chi.Router) {
		r.Get("/readyz", func(w http.ResponseWriter, req *http.Request) {
			if pool.Ping(req.Context()) != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		r.Mount("/debug", middleware.Profiler())
	})
	r.Post("/invoices", func(w http.ResponseWriter, req *http.Request) {
		out, err := http.NewRequestWithContext(req.Context(), http.MethodPost, invoices, strings.NewReader(""))
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		out.SetBasicAuth(key, "")
		res, err := http.DefaultClient.Do(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		w.Header().Set("Date", time.Now().In(zone).Format(time.RFC1123))
		w.WriteHeader(res.StatusCode)
	})
	return r
}

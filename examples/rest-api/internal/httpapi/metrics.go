package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
)

// measured counts requests and their time by route, so that numbers in paths make no new series.
func measured(metrics prometheus.Registerer) mux.MiddlewareFunc {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds",
		Help: "How long requests took.",
	}, []string{"method", "route", "status"})
	metrics.MustRegister(seconds)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start, watched := time.Now(), &statusWriter{w, http.StatusOK}
			next.ServeHTTP(watched, r)
			// The router calls middleware only for routes that it knows, and all of them have a path.
			route, _ := mux.CurrentRoute(r).GetPathTemplate()
			labels := []string{r.Method, route, strconv.Itoa(watched.status)}
			seconds.WithLabelValues(labels...).Observe(time.Since(start).Seconds())
		})
	}
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

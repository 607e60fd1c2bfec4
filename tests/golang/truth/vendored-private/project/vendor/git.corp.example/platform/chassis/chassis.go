// Package chassis is what all services of the company run on.
package chassis

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Serve answers on addr until SIGTERM; GET /_/health says that it is well.
func Serve(addr string, handler http.Handler) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("GET /_/health", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Release", os.Getenv("RELEASE"))
	})
	server := &http.Server{Addr: addr, Handler: mux}
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.Background(), 6*time.Second)
		defer cancel()
		_ = server.Shutdown(stop)
	}()
	return server.ListenAndServe()
}

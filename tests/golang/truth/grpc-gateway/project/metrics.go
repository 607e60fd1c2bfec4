package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func serveMetrics(ctx context.Context) error {
	http.Handle("/metrics", promhttp.Handler())
	return until(ctx, &http.Server{Addr: fmt.Sprintf(":%d", metricsPort)})
}

// until serves until ctx is done.
func until(ctx context.Context, server *http.Server) error {
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 12*time.Second)
		defer cancel()
		server.Shutdown(stop)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

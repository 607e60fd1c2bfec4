package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"example.com/rest-api/internal/cache"
	"example.com/rest-api/internal/config"
	"example.com/rest-api/internal/httpapi"
	"example.com/rest-api/internal/store"
	"example.com/rest-api/internal/webhook"
)

// stopTimeout is how long requests and webhooks in flight may take after SIGTERM.
const stopTimeout = 15 * time.Second

// serve answers until ctx is done, then lets what is in flight end.
func serve(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	events, err := store.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer events.Close()
	cached := cache.New(events, cfg.RedisAddr, cfg.CacheTTL, log)
	defer cached.Close()
	hook := webhook.New(cfg.WebhookURL, cfg.WebhookToken, log)

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	api := httpapi.New(httpapi.Options{
		Events:  cached,
		Created: hook.Created,
		Ready:   map[string]httpapi.Check{"database": events.Ping, "cache": cached.Ping},
		Metrics: metrics,
		Log:     log,
	})

	servers := []*http.Server{newServer(fmt.Sprintf(":%d", cfg.Port), api, log)}
	if cfg.MetricsPort != 0 {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
		servers = append(servers, newServer(fmt.Sprintf(":%d", cfg.MetricsPort), mux, log))
	}
	log.Info("starting", "port", cfg.Port, "metrics_port", cfg.MetricsPort, "version", version)
	if err := serveAll(ctx, servers); err != nil {
		return err
	}
	hook.Wait()
	log.Info("stopped")
	return nil
}

func newServer(addr string, handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serveAll runs the servers until ctx is done or one of them fails, then stops them all.
func serveAll(ctx context.Context, servers []*http.Server) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, server := range servers {
		group.Go(func() error {
			if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			if err := server.Shutdown(stopCtx); err != nil {
				return fmt.Errorf("requests were still running: %w", errors.Join(err, server.Close()))
			}
			return nil
		})
	}
	return group.Wait()
}

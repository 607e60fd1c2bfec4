package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/kelseyhightower/envconfig"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/billing/internal/web"
)

type config struct {
	Port            string        `default:"8080"`
	MetricsAddr     string        `split_words:"true" default:":9102"`
	DatabaseDSN     string        `envconfig:"DATABASE_DSN" required:"true"`
	StripeSecretKey string        `split_words:"true" required:"true"`
	ShutdownTimeout time.Duration `split_words:"true" default:"20s"`
	TZ              string        `default:"Europe/Berlin"`
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	var cfg config
	envconfig.MustProcess("BILLING", &cfg)
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	zone, err := time.LoadLocation(cfg.TZ)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, cfg.DatabaseDSN)
	if err != nil {
		return err
	}
	defer pool.Close()

	metrics := http.NewServeMux()
	metrics.Handle("/metrics", promhttp.Handler())
	go http.ListenAndServe(cfg.MetricsAddr, metrics)

	srv := &http.Server{
		Addr:              ":" + cfg.Port,
		Handler:           web.Routes(pool, zone, cfg.StripeSecretKey),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.Background(), cfg.ShutdownTimeout)
		defer cancel()
		srv.Shutdown(stop)
	}()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

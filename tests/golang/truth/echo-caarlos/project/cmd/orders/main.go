package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	amqp "github.com/rabbitmq/amqp091-go"

	"git.example.com/team/orders/internal/settings"
)

const shutdownGrace = 10 * time.Second

func main() {
	cfg, err := settings.Read()
	if err != nil {
		slog.Error("settings", "err", err)
		os.Exit(1)
	}
	conn, err := amqp.Dial(cfg.Broker.URL)
	if err != nil {
		slog.Error("rabbitmq", "err", err)
		os.Exit(1)
	}
	defer conn.Close()

	e := echo.New()
	e.HideBanner = true
	e.Use(middleware.Recover(), middleware.RequestID())
	e.GET("/livez", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	e.GET("/readyz", func(c echo.Context) error {
		if conn.IsClosed() {
			return c.NoContent(http.StatusServiceUnavailable)
		}
		return c.NoContent(http.StatusOK)
	})
	orders := e.Group("/orders")
	orders.POST("", func(c echo.Context) error { return c.NoContent(http.StatusAccepted) })

	go func() {
		if err := e.Start(cfg.HTTP.Address()); err != nil && !errors.Is(err, http.ErrServerClosed) {
			slog.Error("http", "err", err)
			os.Exit(1)
		}
	}()

	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGINT, syscall.SIGTERM)
	<-quit
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := e.Shutdown(ctx); err != nil {
		slog.Error("shutdown", "err", err)
	}
}

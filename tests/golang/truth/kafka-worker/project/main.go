// Command mailer sends a mail for each order.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net/smtp"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/segmentio/kafka-go"
)

var Version string

const (
	topic   = "orders"
	envMail = "SMTP_ADDR"
)

type settings struct {
	brokers  []string
	natsURL  string
	password string
	interval time.Duration
}

func read() (settings, error) {
	brokers, ok := os.LookupEnv("KAFKA_BROKERS")
	if !ok {
		return settings{}, errors.New("KAFKA_BROKERS must be set")
	}
	s := settings{brokers: strings.Split(brokers, ","), natsURL: nats.DefaultURL, interval: time.Minute}
	if url := os.Getenv("NATS_URL"); url != "" {
		s.natsURL = url
	}
	if text := os.Getenv("REPORT_INTERVAL"); text != "" {
		interval, err := time.ParseDuration(text)
		if err != nil {
			return settings{}, err
		}
		s.interval = interval
	}
	s.password = os.Getenv("SMTP_PASSWORD")
	return s, nil
}

func main() {
	s, err := read()
	if err != nil {
		slog.Error("environment", "error", err)
		os.Exit(2)
	}
	slog.Info("starting", "version", Version)
	bus, err := nats.Connect(s.natsURL, nats.Name("mailer"))
	if err != nil {
		slog.Error("nats", "error", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	var work sync.WaitGroup
	work.Add(2)
	go func() { defer work.Done(); consume(ctx, s, bus) }()
	go func() { defer work.Done(); report(ctx, s.interval, bus) }()
	<-ctx.Done()

	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		slog.Warn("left work undone")
	}
	bus.Close()
}

func consume(ctx context.Context, s settings, bus *nats.Conn) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: s.brokers, GroupID: "mailer", Topic: topic})
	defer reader.Close()
	for {
		message, err := reader.ReadMessage(ctx)
		if err != nil {
			return
		}
		auth := smtp.PlainAuth("", "mailer", s.password, "mail.example.com")
		err = smtp.SendMail(os.Getenv(envMail), auth, "mailer@example.com", []string{string(message.Key)}, message.Value)
		if err != nil {
			slog.Warn("mail", "error", err)
		}
	}
}

func report(ctx context.Context, interval time.Duration, bus *nats.Conn) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = bus.Publish("mailer.alive", nil)
		}
	}
}

// Command ledger is built from vendored sources: two of its modules are the company's own.
package main

import (
	"log"

	"git.corp.example/platform/chassis"
	"github.com/kelseyhightower/envconfig"

	"git.corp.example/payments/ledger/internal/books"
)

//go:generate stringer -type=Kind -output=../../internal/books/kind_string.go ../../internal/books

// Config is read from LEDGER_…
type Config struct {
	Listen   string `envconfig:"LISTEN" default:":8090"`
	EventBus string `envconfig:"EVENT_BUS" required:"true"`
	Password string `envconfig:"DB_PASSWORD"`
}

func main() {
	var cfg Config
	if err := envconfig.Process("ledger", &cfg); err != nil {
		log.Fatal(err)
	}
	log.Fatal(chassis.Serve(cfg.Listen, books.Handler(cfg.EventBus)))
}

// Package config reads the environment.
package config

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/kelseyhightower/envconfig"
)

// Config is what the environment says.
type Config struct {
	Port        int        `envconfig:"PORT" default:"8080"`
	MetricsPort int        `envconfig:"METRICS_PORT" default:"9090"` // 0: no metrics
	LogLevel    slog.Level `envconfig:"LOG_LEVEL" default:"info"`

	DatabaseURL   string `envconfig:"DATABASE_URL" required:"true"` // holds the password
	MigrationsDir string `envconfig:"MIGRATIONS_DIR" default:"migrations"`

	RedisAddr string        `envconfig:"REDIS_ADDR" default:"localhost:6379"`
	CacheTTL  time.Duration `envconfig:"CACHE_TTL" default:"5m"`

	WebhookURL   string `envconfig:"WEBHOOK_URL"` // told of new events; empty: nobody is
	WebhookToken string `envconfig:"WEBHOOK_TOKEN"`
}

// Load reads the environment. The error names the variable that is missing or wrong.
func Load() (Config, error) {
	var cfg Config
	if err := envconfig.Process("", &cfg); err != nil {
		return Config{}, fmt.Errorf("environment: %w", err)
	}
	return cfg, nil
}

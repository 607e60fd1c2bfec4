package config

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://localhost/events")
	got, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Port:          8080,
		MetricsPort:   9090,
		LogLevel:      slog.LevelInfo,
		DatabaseURL:   "postgres://localhost/events",
		MigrationsDir: "migrations",
		RedisAddr:     "localhost:6379",
		CacheTTL:      5 * time.Minute,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestBadEnvironmentIsNamed(t *testing.T) {
	if _, err := Load(); err == nil || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("no database: %v", err)
	}
	t.Setenv("DATABASE_URL", "postgres://localhost/events")
	for name, value := range map[string]string{"PORT": "http", "LOG_LEVEL": "loud", "CACHE_TTL": "5"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			if _, err := Load(); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v", err)
			}
		})
	}
}

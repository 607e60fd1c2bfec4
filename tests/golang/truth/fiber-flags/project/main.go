package main

import (
	"flag"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/healthcheck"
	"github.com/gofiber/fiber/v2/middleware/logger"
	bolt "go.etcd.io/bbolt"
)

var (
	addr    = flag.String("addr", "127.0.0.1:4000", "listen here")
	dataDir = flag.String("data", "/data", "keep pastes here")
)

func main() {
	flag.Parse()
	db, err := bolt.Open(filepath.Join(*dataDir, "pastes.db"), 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	access, err := os.OpenFile("access.log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	defer access.Close()

	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(logger.New(logger.Config{Output: access}))
	app.Use(healthcheck.New())
	app.Static("/", "./web/public")
	app.Post("/p", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusCreated) })

	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	go func() {
		<-c
		_ = app.ShutdownWithTimeout(5 * time.Second)
	}()
	if err := app.Listen(*addr); err != nil {
		log.Fatal(err)
	}
}

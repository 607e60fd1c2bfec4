package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/redis/go-redis/v9"

	"example.com/depot/shared/server"
)

func main() {
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		log.Fatal("REDIS_URL: ", err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	err = server.Run(server.Service{
		Handler:     http.NotFoundHandler(),
		DefaultPort: "8082",
		Ready:       func(ctx context.Context) error { return client.Ping(ctx).Err() },
	})
	if err != nil {
		log.Fatal(err)
	}
}

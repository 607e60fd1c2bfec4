package main

import (
	"log"
	"os"
)

func main() {
	secret := os.Getenv("JWT_SECRET")
	if secret == "" {
		log.Fatal("JWT_SECRET is not set")
	}
	log.Print(len(secret))
}

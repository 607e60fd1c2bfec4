package main

import (
	"log"
	"time"
)

func main() {
	ticker := time.NewTicker(time.Minute)
	for range ticker.C {
		log.Print("sweeping")
	}
}

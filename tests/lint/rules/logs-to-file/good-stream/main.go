package main

import (
	"log"
	"os"
)

func main() {
	file, err := os.OpenFile("/dev/stderr", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	log.SetOutput(file)
	log.Print("started")
}

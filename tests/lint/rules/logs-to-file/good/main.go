package main

import (
	"log"
	"os"
)

func main() {
	log.SetOutput(os.Stderr)
	log.Print("started")
}

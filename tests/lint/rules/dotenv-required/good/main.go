package main

import (
	"errors"
	"github.com/joho/godotenv"
	"io/fs"
	"log"
)

func main() {
	if err := godotenv.Load(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Fatal(err)
	}
}

package main

import (
	"cmp"
	"log"
	"net/http"
	"os"
)

func main() {
	log.Fatal(http.ListenAndServe(cmp.Or(os.Getenv("ADDR"), ":8080"), nil))
}

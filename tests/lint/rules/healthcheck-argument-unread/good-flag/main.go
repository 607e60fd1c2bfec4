package main

import (
	"log"
	"net/http"
	"flag"
)

func main() {
	check := flag.Bool("check", false, "")
	flag.Parse()
	_ = check
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

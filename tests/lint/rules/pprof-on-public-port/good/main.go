package main

import (
	"log"
	"net/http"
	_ "net/http/pprof"
)

func main() {
	go func() { log.Print(http.ListenAndServe("localhost:6060", nil)) }()
	log.Fatal(http.ListenAndServe(":8080", http.NewServeMux()))
}

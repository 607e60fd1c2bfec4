package main

import (
	"log"
	"net/http"
	_ "net/http/pprof"
)

func main() {
	go http.ListenAndServe("localhost:6060", nil)
	if err := http.ListenAndServe(":8080", http.NewServeMux()); err != nil {
		log.Fatal(err)
	}
}

package main

import (
	"net/http"
	"os"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		ask()
		return
	}
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("ships"))
	})
	http.ListenAndServe(":8080", nil)
}

func ask() {
	answer, err := http.Get("http://localhost:8080/health")
	if err != nil || answer.StatusCode != http.StatusOK {
		os.Exit(1)
	}
	os.Exit(0)
}

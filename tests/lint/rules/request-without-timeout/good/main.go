package main

import (
	"log"
	"net/http"
	"time"
)

func main() {
	client := &http.Client{Timeout: 10 * time.Second}
	http.HandleFunc("GET /rates", func(w http.ResponseWriter, r *http.Request) {
		answer, err := client.Get("https://rates.example.com/today")
		if err != nil {
			http.Error(w, "no rates", http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

package main

import (
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("GET /rates", func(w http.ResponseWriter, r *http.Request) {
		answer, err := http.Get("https://rates.example.com/today")
		if err != nil {
			http.Error(w, "no rates", http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

package main

import "net/http"

func main() {
	answer, err := http.Get("https://example.com/")
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
}

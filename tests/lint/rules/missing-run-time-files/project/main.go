package main

import "os"

func main() {
	text, err := os.ReadFile("migrations/1.sql")
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(text)
}

package main

import "os"

func main() {
	folder := os.Getenv("MIGRATIONS")
	if folder == "" {
		folder = "migrations"
	}
	found, err := os.ReadDir(folder)
	if err != nil {
		panic(err)
	}
	println(len(found))
}

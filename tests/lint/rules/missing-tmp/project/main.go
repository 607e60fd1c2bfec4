package main

import "os"

func main() {
	file, err := os.CreateTemp("", "upload-*")
	if err != nil {
		panic(err)
	}
	defer file.Close()
}

package main

import "os"

func tempName() string {
	file, err := os.CreateTemp("", "odd-*")
	if err != nil {
		return ""
	}
	return file.Name()
}

func broken( {
	return }}

func afterwards() string { return os.Getenv("ODD_AFTERWARDS") }

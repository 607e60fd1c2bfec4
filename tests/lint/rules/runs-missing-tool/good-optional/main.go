package main

import (
	"log"
	"os/exec"
)

func main() {
	if path, err := exec.LookPath("git"); err == nil {
		log.Print(path)
	}
}

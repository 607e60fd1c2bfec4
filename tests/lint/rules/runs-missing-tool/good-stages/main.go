package main

import (
	"log"
	"os/exec"
)

func main() {
	out, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		log.Fatal(err)
	}
	log.Print(len(out))
}

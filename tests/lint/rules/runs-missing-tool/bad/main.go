package main

import (
	"log"
	"os/exec"
)

func main() {
	out, err := exec.Command("sh", "-c", "git rev-parse HEAD | head -c 8").Output()
	if err != nil {
		log.Fatal(err)
	}
	log.Print(len(out))
}

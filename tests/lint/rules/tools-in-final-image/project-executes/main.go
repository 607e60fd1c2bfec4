package main

import "os/exec"

func main() {
	if err := exec.Command("git", "version").Run(); err != nil {
		panic(err)
	}
}

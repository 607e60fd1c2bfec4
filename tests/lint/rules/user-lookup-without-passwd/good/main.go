package main

import (
	"log"
	"os/user"
)

func main() {
	me, err := user.Current()
	if err != nil {
		log.Fatal(err)
	}
	log.Print(me.HomeDir)
}

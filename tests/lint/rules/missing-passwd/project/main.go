package main

import "os/user"

func main() {
	found, err := user.Lookup("nobody")
	if err != nil {
		panic(err)
	}
	println(found.Uid)
}

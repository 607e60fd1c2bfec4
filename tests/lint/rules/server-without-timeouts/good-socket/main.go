package main

import (
	"log"
	"net"
	"net/http"
)

func main() {
	server := &http.Server{Handler: http.NotFoundHandler()}
	listener, err := net.Listen("unix", "/run/api/control.sock")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Serve(listener))
}

package main

import (
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	go func() { log.Fatal(http.ListenAndServe(addr("HTTP_PORT"), nil)) }()
	listener, err := net.Listen("tcp", addr("TCP_PORT"))
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		connection.Close()
	}
}

func addr(name string) string {
	port := os.Getenv(name)
	if port == "" {
		port = "80"
	}
	return ":" + port
}

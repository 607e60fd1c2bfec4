// Command odd does what can hardly be read from outside.
//
// It does not do this: http.ListenAndServe(":7001", nil)
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"example.com/odd/internal/places"
)

const help = `usage: odd
	http.ListenAndServe(":7002", nil)
	os.Getenv("NOT_READ")
`

type fake struct{}

// ListenAndServe has the name, and does nothing.
func (fake) ListenAndServe(addr string) error { return nil }

func main() {
	_ = fake{}.ListenAndServe(":7003")
	if len(os.Args) > 1 {
		fmt.Print(help)
		return
	}
	go func() { log.Fatal(http.ListenAndServe(shifted(8000), http.NotFoundHandler())) }()
	go func() { log.Fatal(http.ListenAndServe(places.Lookup("admin"), http.NotFoundHandler())) }()
	for _, name := range []string{"HOST", "TOKEN"} {
		log.Println(os.Getenv(places.Prefix + name))
	}
	for _, key := range os.Args {
		log.Println(os.Getenv(key))
	}
	log.Println(greeting, tempName(), afterwards())
	run(pick(), "--version")
	any, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(any, nil))
}

// shifted depends on the process.
func shifted(base int) string { return fmt.Sprintf(":%d", base+os.Getpid()%100) }

func pick() string {
	file, err := os.Open(strings.Join([]string{"etc", places.Region(), "tool"}, "/"))
	if err != nil {
		return "true"
	}
	defer file.Close()
	line, _ := bufio.NewReader(file).ReadString('\n')
	return strings.TrimSpace(line)
}

func run(program string, args ...string) {
	if err := exec.Command(program, args...).Run(); err != nil {
		log.Println(err)
	}
}

// Nobody calls it.
func debugServer() { log.Fatal(http.ListenAndServe(":7004", nil)) }

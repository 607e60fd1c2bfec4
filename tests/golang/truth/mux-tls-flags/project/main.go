package main

import (
	"crypto/tls"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/user"

	"github.com/gorilla/mux"
)

var options struct {
	listen, admin, cert, key, scripts string
}

func init() {
	flag.StringVar(&options.listen, "listen", ":8443", "address of the service")
	flag.StringVar(&options.admin, "admin", envDefault("HOOKS_ADMIN", "/run/hooks/admin.sock"), "socket of the admin API")
	flag.StringVar(&options.cert, "cert", "/etc/hooks/tls.crt", "certificate")
	flag.StringVar(&options.key, "key", "/etc/hooks/tls.key", "private key")
	flag.StringVar(&options.scripts, "scripts", "scripts", "folder with the hooks")
}

func envDefault(name, value string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return value
}

func main() {
	flag.Parse()
	me, err := user.Current()
	if err != nil {
		log.Fatal(err)
	}
	host, _ := os.Hostname()
	log.Printf("running as %s on %s", me.Username, host)

	r := mux.NewRouter()
	r.Path("/_status").Methods("GET").HandlerFunc(status)
	r.HandleFunc("/hooks/{name}", hook).Methods("POST")

	go admin()

	server := &http.Server{
		Addr:      options.listen,
		Handler:   r,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS13},
	}
	log.Fatal(server.ListenAndServeTLS(options.cert, options.key))
}

func admin() {
	listener, err := net.Listen("unix", options.admin)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, http.HandlerFunc(status)))
}

func status(w http.ResponseWriter, r *http.Request) { w.Write([]byte("fine\n")) }

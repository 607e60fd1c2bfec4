// Command thumbs makes small pictures of large ones.
package main

import (
	"fmt"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

var (
	buildVersion = "dev"
	apiKey       = os.Getenv("API_KEY")
)

func envOr(key, fallback string) string {
	if value, ok := os.LookupEnv(key); ok {
		return value
	}
	return fallback
}

func envInt(key string, fallback int) int {
	n, err := strconv.Atoi(os.Getenv(key))
	if err != nil {
		return fallback
	}
	return n
}

func mustEnv(key string) string {
	value := os.Getenv(key)
	if value == "" {
		log.Fatalf("%s is not set", key)
	}
	return value
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(buildVersion)
		return
	}
	s := &server{
		upstream: mustEnv("UPSTREAM_URL"),
		quality:  envInt("JPEG_QUALITY", 85),
		spool:    envOr("SPOOL_DIR", "/var/spool/thumbs"),
	}
	go func() {
		log.Println(http.ListenAndServe("localhost:6060", nil))
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("/thumb", s.thumb)
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("ok"))
	})
	addr := ":" + envOr("PORT", "8080")
	log.Println("listening on", addr)
	log.Fatal(http.ListenAndServe(addr, mux))
}

type server struct {
	upstream string
	quality  int
	spool    string
}

func (s *server) thumb(w http.ResponseWriter, r *http.Request) {
	if apiKey != "" && r.Header.Get("X-Api-Key") != apiKey {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(s.upstream + r.FormValue("path"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	out, err := os.Create(filepath.Join(s.spool, "current.jpg"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer out.Close()
	convert := exec.CommandContext(r.Context(), "convert", "-", "-quality", strconv.Itoa(s.quality), "jpg:-")
	convert.Stdin = res.Body
	convert.Stdout = out
	if err := convert.Run(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.ServeFile(w, r, out.Name())
}

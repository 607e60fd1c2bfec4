package main

import (
	"cmp"
	"log"
	"net/http/httputil"
	"net/url"
	"os"

	"example.com/depot/shared/server"
)

func main() {
	stock, err := url.Parse(cmp.Or(os.Getenv("STOCK_URL"), "http://stock:8082"))
	if err != nil {
		log.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(stock)
	if err := server.Run(server.Service{Handler: proxy, DefaultPort: "8080"}); err != nil {
		log.Fatal(err)
	}
}

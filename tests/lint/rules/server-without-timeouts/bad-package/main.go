package main

import (
	"example.com/shop/internal/web"
	"log"
)

func main() {
	log.Fatal(web.New(":8080").ListenAndServe())
}

package main

import (
	"cmp"
	"fmt"
	"os"
)

func main() {
	fmt.Println(len(cmp.Or(os.Getenv("DATABASE_URL"), "postgres://shop:shop@localhost:5432/shop")))
}

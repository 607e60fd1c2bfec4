package main

import (
	"cmp"
	"fmt"
	"os"
)

func main() {
	fmt.Println(len(cmp.Or(os.Getenv("DATABASE_URL"), "postgres://shop:hunter2@db.internal:5432/shop")))
}

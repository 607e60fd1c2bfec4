package main

import (
	"cmp"
	"fmt"
	"os"
)

func main() {
	fmt.Println(len(cmp.Or(os.Getenv("JWT_SECRET"), "change-me")))
}

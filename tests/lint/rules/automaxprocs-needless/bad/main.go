package main

import (
	"fmt"
	_ "go.uber.org/automaxprocs"
)

func main() {
	fmt.Println("shop")
}

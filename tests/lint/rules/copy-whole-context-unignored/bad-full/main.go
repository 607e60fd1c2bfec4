package main

import _ "embed"

//go:embed keys/public.pem
var key string

func main() {}

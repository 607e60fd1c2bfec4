package sample

import "net/http"

func main() { http.ListenAndServe(":7009", nil) }

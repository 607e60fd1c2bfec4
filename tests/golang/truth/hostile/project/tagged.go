//go:build debug && !prod

package main

import "net/http"

func init() { go http.ListenAndServe(":7008", nil) }

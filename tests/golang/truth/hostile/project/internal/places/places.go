// Package places knows where things are.
package places

import "os"

// Prefix begins the names of variables.
const Prefix = "ODD_"

var table = map[string]string{}

// Lookup returns an address that was found before.
func Lookup(name string) string { return table[name] }

// Region is where this runs.
func Region() string {
	if r, ok := os.LookupEnv("ODD_REGION"); ok {
		return r
	}
	return "eu"
}

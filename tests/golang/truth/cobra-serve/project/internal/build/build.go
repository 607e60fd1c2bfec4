// Package build says what was built.
package build

// Set by the linker.
var (
	Version = "dev"
	Commit  = ""
)

// Package godotenv stands in for the library.
package godotenv

// Load reads files.
func Load(names ...string) error { return nil }

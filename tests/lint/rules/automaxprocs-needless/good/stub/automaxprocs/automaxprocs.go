// Package automaxprocs stands in for the library.
package automaxprocs

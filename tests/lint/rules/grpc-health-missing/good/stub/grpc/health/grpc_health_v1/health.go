// Package grpc_health_v1 stands in for the health service.
package grpc_health_v1

// RegisterHealthServer registers it.
func RegisterHealthServer(server, health any) {}

// Package scalepb is generated from proto/scale/v1/scale.proto. protoc must be installed; its
// plugins have the versions in go.mod.
package scalepb

//go:generate sh -c "protoc -I ../../proto --plugin=$(go tool -n protoc-gen-go) --plugin=$(go tool -n protoc-gen-go-grpc) --go_out=. --go_opt=module=example.com/grpc/internal/scalepb --go-grpc_out=. --go-grpc_opt=module=example.com/grpc/internal/scalepb scale/v1/scale.proto"

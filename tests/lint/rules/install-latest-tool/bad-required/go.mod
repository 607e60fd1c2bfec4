module example.com/app

go 1.25

require (
	google.golang.org/grpc v1.71.0
	google.golang.org/protobuf v1.36.6 // indirect
)

require example.com/tools/gen v0.4.1

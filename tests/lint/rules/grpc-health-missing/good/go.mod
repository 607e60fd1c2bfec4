module example.com/shop

go 1.25

require google.golang.org/grpc v1.80.0

replace google.golang.org/grpc => ./stub/grpc

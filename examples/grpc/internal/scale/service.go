package scale

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/grpc/internal/scalepb"
)

// Service answers the calls of scale.v1.ScaleService.
type Service struct {
	scalepb.UnimplementedScaleServiceServer
}

// Convert says the same weight in another unit.
func (Service) Convert(_ context.Context, r *scalepb.ConvertRequest) (*scalepb.ConvertResponse, error) {
	if r.GetWeight() == nil {
		return nil, status.Error(codes.InvalidArgument, "there is no weight to convert")
	}
	converted, err := convert(r.GetWeight(), r.GetUnit())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &scalepb.ConvertResponse{Weight: converted}, nil
}

// Summarize reads weights until the client closes the stream.
func (Service) Summarize(stream grpc.ClientStreamingServer[scalepb.SummarizeRequest, scalepb.SummarizeResponse]) error {
	var all summary
	for {
		reading, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&scalepb.SummarizeResponse{
				Count: all.count, Least: all.least, Most: all.most, Mean: all.mean(),
			})
		}
		if err != nil {
			return err
		}
		if err := all.add(reading.GetGross(), reading.GetTare()); err != nil {
			return status.Error(codes.InvalidArgument, err.Error())
		}
	}
}

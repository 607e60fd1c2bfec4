package scale

import (
	"math"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"example.com/grpc/internal/scalepb"
)

func newClient(t *testing.T) scalepb.ScaleServiceClient {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	scalepb.RegisterScaleServiceServer(server, Service{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return scalepb.NewScaleServiceClient(connection)
}

func weight(value float64, unit scalepb.Unit) *scalepb.Weight {
	return &scalepb.Weight{Value: value, Unit: unit}
}

func TestConvert(t *testing.T) {
	client := newClient(t)
	tests := []struct {
		weight *scalepb.Weight
		unit   scalepb.Unit
		want   float64
		code   codes.Code
	}{
		{weight(2, scalepb.Unit_UNIT_POUND), scalepb.Unit_UNIT_OUNCE, 32, codes.OK},
		{weight(1500, scalepb.Unit_UNIT_GRAM), scalepb.Unit_UNIT_KILOGRAM, 1.5, codes.OK},
		{weight(1, scalepb.Unit_UNIT_UNSPECIFIED), scalepb.Unit_UNIT_GRAM, 0, codes.InvalidArgument},
		{weight(1, scalepb.Unit_UNIT_GRAM), scalepb.Unit(99), 0, codes.InvalidArgument},
		{weight(-1, scalepb.Unit_UNIT_GRAM), scalepb.Unit_UNIT_GRAM, 0, codes.InvalidArgument},
		{weight(math.NaN(), scalepb.Unit_UNIT_GRAM), scalepb.Unit_UNIT_GRAM, 0, codes.InvalidArgument},
		{nil, scalepb.Unit_UNIT_GRAM, 0, codes.InvalidArgument},
	}
	for _, test := range tests {
		got, err := client.Convert(t.Context(), &scalepb.ConvertRequest{Weight: test.weight, Unit: test.unit})
		value := got.GetWeight().GetValue()
		if status.Code(err) != test.code || math.Abs(value-test.want) > 1e-9 {
			t.Errorf("%v in %v: got %v, %v", test.weight, test.unit, value, err)
		}
	}
}

func TestSummarize(t *testing.T) {
	stream, err := newClient(t).Summarize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tare := weight(0.5, scalepb.Unit_UNIT_KILOGRAM)
	for _, gross := range []float64{3, 1, 2} {
		reading := &scalepb.SummarizeRequest{Gross: weight(gross, scalepb.Unit_UNIT_KILOGRAM), Tare: tare}
		if err := stream.Send(reading); err != nil {
			t.Fatal(err)
		}
	}
	got, err := stream.CloseAndRecv()
	if err != nil {
		t.Fatal(err)
	}
	if got.GetCount() != 3 || got.GetLeast() != 500 || got.GetMost() != 2500 || got.GetMean() != 1500 {
		t.Errorf("got %v", got)
	}
}

func TestSummarizeNothing(t *testing.T) {
	stream, err := newClient(t).Summarize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := stream.CloseAndRecv()
	if err != nil || got.GetCount() != 0 || got.GetMean() != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestSummarizeRefuses(t *testing.T) {
	one, two := weight(1, scalepb.Unit_UNIT_GRAM), weight(2, scalepb.Unit_UNIT_GRAM)
	bad := weight(1, scalepb.Unit_UNIT_UNSPECIFIED)
	for _, reading := range []*scalepb.SummarizeRequest{{Gross: one, Tare: two}, {Gross: bad}, {Gross: one, Tare: bad}} {
		stream, err := newClient(t).Summarize(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(reading); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.CloseAndRecv(); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%v: got %v", reading, err)
		}
	}
}

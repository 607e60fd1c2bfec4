package main

import (
	"context"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"example.com/grpc/internal/scale"
	"example.com/grpc/internal/scalepb"
)

const (
	// stopTimeout is how long calls in flight may take after SIGTERM.
	stopTimeout = 15 * time.Second
	// Clients connect anew after this long, so that new replicas get their share of calls.
	longestConnection = 10 * time.Minute
)

// serve answers on addr until ctx is done, then lets the calls in flight end.
func serve(ctx context.Context, addr string, log *slog.Logger) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return serveOn(ctx, listener, log)
}

func serveOn(ctx context.Context, listener net.Listener, log *slog.Logger) error {
	server := grpc.NewServer(
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: longestConnection}),
		grpc.ChainUnaryInterceptor(logUnary(log)),
	)
	scalepb.RegisterScaleServiceServer(server, scale.Service{})
	checks := health.NewServer() // "", the service as a whole, is SERVING from the start
	healthpb.RegisterHealthServer(server, checks)
	checks.SetServingStatus(scalepb.ScaleService_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	reflection.Register(server)

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("listening", "addr", listener.Addr().String(), "version", version)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping", "timeout", stopTimeout.String())
	checks.Shutdown()
	tooLong := time.AfterFunc(stopTimeout, server.Stop)
	defer tooLong.Stop()
	server.GracefulStop()
	log.Info("stopped")
	return nil
}

func logUnary(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, call *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		start := time.Now()
		answer, err := handle(ctx, request)
		log.Debug("call", "method", call.FullMethod, "took", time.Since(start), "error", err)
		return answer, err
	}
}

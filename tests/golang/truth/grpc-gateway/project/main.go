package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
)

const (
	grpcAddr    = ":9000"
	httpAddr    = ":8080"
	metricsPort = 2112
)

func main() {
	enableReflection := flag.Bool("reflection", false, "serve reflection")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveGRPC(ctx, *enableReflection) })
	group.Go(func() error { return serveGateway(ctx) })
	group.Go(func() error { return serveMetrics(ctx) })
	if err := group.Wait(); err != nil {
		log.Fatal(err)
	}
}

func serveGRPC(ctx context.Context, reflect bool) error {
	lis, err := net.Listen("tcp", grpcAddr)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, health.NewServer())
	if reflect {
		reflection.Register(server)
	}
	go func() {
		<-ctx.Done()
		server.GracefulStop()
	}()
	return server.Serve(lis)
}

func serveGateway(ctx context.Context) error {
	conn, err := grpc.NewClient("localhost"+grpcAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	mux := runtime.NewServeMux(runtime.WithHealthzEndpoint(healthpb.NewHealthClient(conn)))
	server := &http.Server{Addr: httpAddr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return until(ctx, server)
}

// Command frontend is docker/dockerfile of a newer BuildKit, for engines that cannot fetch it here.
//
// It is that frontend in all but one thing: CONTEXTS (NAME=REFERENCE, separated by spaces) says
// which images stand for the names in FROM, as `--build-context NAME=docker-image://REFERENCE`
// does where there is a client that knows it.
package main

import (
	"context"
	"maps"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/builder"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto"
)

type withContexts struct {
	client.Client
}

func (c withContexts) BuildOpts() client.BuildOpts {
	options := c.Client.BuildOpts()
	options.Opts = maps.Clone(options.Opts)
	for _, pair := range strings.Fields(os.Getenv("CONTEXTS")) {
		name, reference, _ := strings.Cut(pair, "=")
		options.Opts["context:"+name] = "docker-image://" + reference
	}
	return options
}

func build(ctx context.Context, c client.Client) (*client.Result, error) {
	return builder.Build(ctx, withContexts{c})
}

func main() {
	if err := grpcclient.RunFromEnvironment(appcontext.Context(), build); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

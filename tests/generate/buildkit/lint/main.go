// Command lint tells what BuildKit's own parser and linter say of Dockerfiles, as
// `docker build --check` does: one JSON object a line. All base images are taken to be empty.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

type finding struct {
	Path, Rule, Message string
	Line                int32
}

type noImages struct{}

func (noImages) ResolveImageConfig(_ context.Context, name string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := []byte(`{"architecture":"amd64","os":"linux","config":{}}`)
	return name, digest.FromBytes(config), config, nil
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, path := range os.Args[1:] {
		content, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		for _, found := range check(content) {
			found.Path = path
			if err := out.Encode(found); err != nil {
				panic(err)
			}
		}
	}
}

func check(content []byte) []finding {
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", content)
	source.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), content, dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildPlatforms: []ocispecs.Platform{platform}},
		TargetPlatform: &platform,
		SourceMap:      source,
		MetaResolver:   noImages{},
	})
	if err != nil {
		return []finding{{Rule: "error", Message: err.Error()}}
	}
	var found []finding
	for _, warning := range results.Warnings {
		line := int32(0)
		if ranges := warning.Location.GetRanges(); len(ranges) > 0 {
			line = ranges[0].Start.Line
		}
		found = append(found, finding{Rule: warning.RuleName, Message: warning.Detail, Line: line})
	}
	if results.Error != nil {
		found = append(found, finding{Rule: "error", Message: results.Error.Message})
	}
	return found
}

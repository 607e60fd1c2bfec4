"""One project twice: as an image of `gotare build`, and by its generated Dockerfile in BuildKit."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gotare.generate.dockerfile import dockerfiles, targets
from gotare.generate.dockerignore import dockerignore
from gotare.generate.files import Choices
from gotare.plan import Plan
from gotare.records import from_json
from tests.build.commits import commit
from tests.build.projects import write
from tests.build.run import gotare, images_of, result
from tests.generate.bases import Bases
from tests.generate.trees import Node, differences, of_docker_archive, settings_of, tree_of
from tests.golang.sources import git
from tests.oci.images import contents_of

ARGUMENTS = {
    "VERSION": "org.opencontainers.image.version",
    "COMMIT": "org.opencontainers.image.revision",
    "DATE": "org.opencontainers.image.created",
}
"""What a docker build is told, by the annotation in which gotare says the same."""


PROBED = """package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := os.Stat("/data/sick"); err == nil {
			w.WriteHeader(500)
		}
	})
	_ = os.WriteFile("/data/started", nil, 0o644)
	_ = http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)
}
"""
"""A service that tells with its health whether /data/sick is there, and writes /data/started."""


@dataclass
class Both:
    """A project with the tools to build it."""

    project: Path
    cache: Path
    bases: Bases
    env: Mapping[str, str] = field(default_factory=dict)

    def release(self) -> Both:
        """Commit the project and tag the commit: then version and revision are known."""
        write(self.project, {".gitignore": "dist/\n.dockerignore\nDockerfile.under-test\n"})
        commit(self.project)
        git(self.project, "tag", "v1.2.3")
        return self

    def plan(self, *arguments: str) -> Plan:
        """Return the plan, as `gotare plan` tells it."""
        directory = ("-C", str(self.project))
        done = gotare("plan", *directory, "--json", *arguments, cache=self.cache, env=self.env)
        assert done.code == 0, done.err
        return from_json(Plan, done.json)

    def files(self, plan: Plan, choices: Choices | None = None) -> dict[str, str]:
        """Write the ignore file into the project; return the Dockerfiles by path."""
        chosen = choices or Choices()
        (self.project / ".dockerignore").write_text(dockerignore(plan, chosen).content)
        return {file.path: file.content for file in dockerfiles(plan, chosen)}

    @contextmanager
    def docker(self, plan: Plan, dockerfile: str, target: str = "") -> Iterator[str]:
        """Build a Dockerfile; give the image's name, and remove it at the end."""
        tag = f"gotare-tests/made:{uuid.uuid4().hex[:12]}"
        told = plan.images[0].annotations
        arguments = [
            f"--build-arg={name}={told[key]}" for name, key in ARGUMENTS.items() if key in told
        ]
        try:
            self.bases.docker_build(self.project, dockerfile, tag, *arguments, target=target)
            yield tag
        finally:
            self.bases.client.remove(tag)

    def gotare(self, *arguments: str) -> dict[str, tuple[dict[str, Node], dict[str, Any]]]:
        """Build with gotare; return tree and settings of each image by its name."""
        document = result(self.project, self.cache, *arguments, **self.env)
        images = images_of(self.project, document)
        return {
            name: (
                tree_of(contents_of(image.source, next(iter(image.manifests.values())))),
                settings_of(image.run()),
            )
            for name, image in images.items()
        }

    def compare(self, *arguments: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """Build both; return for each image what differs in the tree and in the settings.

        Each difference is (gotare's, docker's).
        """
        plan = self.plan(*arguments)
        dockerfile = self.files(plan)["Dockerfile"]
        made = self.gotare(*arguments)
        found = {}
        for name, target in targets(plan).items():
            with self.docker(plan, dockerfile, target) as tag:
                tree, settings = of_docker_archive(self.bases.client.save(tag))
            mine, my_settings = made[name]
            assert mine
            found[name] = (differences(mine, tree), differences(my_settings, settings))
        return found


def inspected(bases: Bases, name: str) -> dict[str, Any]:
    """Return what the engine knows of an image or a container."""
    (document,) = json.loads(bases.client("inspect", name))
    assert isinstance(document, dict)
    return document

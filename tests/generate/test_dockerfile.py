"""What is in generated Dockerfiles, without building them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from gotare.errors import ProjectError
from gotare.generate.dockerfile import (
    base_references,
    dockerfiles,
    stage_name,
    targets,
    variants,
)
from gotare.generate.dockerfile_args import build_arguments
from gotare.generate.files import VARIANTS, Choices, Variant
from gotare.golang.flags import BuildFlags
from gotare.oci.image import HealthCheck
from gotare.oci.types import Platform
from gotare.plan import Plan
from tests.generate import plans
from tests.generate.golden_files import check_golden

PLANS: dict[str, Callable[[], Plan]] = {
    "api": plans.api_plan,
    "grpc": plans.grpc_plan,
    "cli": plans.cli_plan,
    "workspace": plans.workspace_plan,
    "cgo": plans.cgo_plan,
}
DIGEST = "sha256:" + "ab" * 32


def files(plan: Plan, choices: Choices | None = None) -> dict[str, str]:
    """Return all files by path."""
    return {file.path: file.content for file in dockerfiles(plan, choices or Choices())}


def main(plan: Plan, choices: Choices | None = None) -> str:
    """Return the main Dockerfile."""
    return files(plan, choices)["Dockerfile"]


def stages(content: str) -> dict[str, str]:
    """Return the text of each stage by its name."""
    parts = re.split(r"^(?=FROM )", content, flags=re.MULTILINE)[1:]
    return {re.findall(r"^FROM .* AS (\S+)$", part, re.MULTILINE)[0]: part for part in parts}


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    check_golden(f"dockerfile/{name}", dockerfiles(PLANS[name](), Choices()))


# bases and variants


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (plans.api_plan, ("scratch", "alpine", "debian", "dev")),
        (plans.cli_plan, ("distroless", "alpine", "debian", "dev")),
        (plans.cgo_plan, ("alpine", "debian", "dev")),
    ],
)
def test_variants_are_those_that_the_main_file_is_not(
    make: Callable[[], Plan], expected: tuple[str, ...]
) -> None:
    assert variants(make(), Choices()) == expected
    named = {f"Dockerfile.{variant}" for variant in expected}
    assert {path for path in files(make()) if path.startswith("Dockerfile.")} == named


@pytest.mark.parametrize("variant", [v for v in VARIANTS if v != "dev"])
def test_the_main_file_can_be_any_variant(variant: Variant) -> None:
    other = files(plans.api_plan(), Choices(variant=variant))
    assert f"Dockerfile.{variant}" not in other
    assert ("Dockerfile.distroless" in other) == (variant != "distroless")
    asked = files(plans.api_plan(), Choices(variants=(variant,)))
    assert other["Dockerfile"] == asked.get(f"Dockerfile.{variant}", asked["Dockerfile"])


@pytest.mark.parametrize(
    ("base", "variant", "line"),
    [
        ("alpine:3.20", "alpine", "FROM alpine:3.20 AS web-runtime"),
        ("docker.io/library/debian:12", "debian", "FROM docker.io/library/debian:12 AS web-"),
        ("gcr.io/distroless/static:nonroot", "distroless", "FROM gcr.io/distroless/static:nonroot"),
        ("localhost:5000/ours@" + DIGEST, None, f"FROM localhost:5000/ours@{DIGEST} AS web-"),
    ],
)
def test_a_base_of_ones_own_is_taken_as_it_is(base: str, variant: str, line: str) -> None:
    plan = plans.plan(plans.image("web", base))
    assert line in main(plan)
    assert variant not in variants(plan, Choices())
    assert "rootfs" not in main(plan)


def test_a_base_that_is_not_root_keeps_its_user() -> None:
    image = plans.image("web", "gcr.io/distroless/static:nonroot")
    nobody_said = replace(image, run=replace(image.run, user=None))
    assert "USER" not in main(plans.plan(nobody_said))
    other = replace(nobody_said, base="alpine:3.20")
    assert "USER 65532:65532\n" in main(plans.plan(other))


def test_root_is_said_to_be_meant() -> None:
    image = plans.image("web")
    content = main(plans.plan(replace(image, run=replace(image.run, user="0:0"))))
    assert "# As root, as the plan says.\n# hadolint ignore=DL3002\nUSER 0:0\n" in content


def test_what_links_libraries_never_stands_on_scratch() -> None:
    plan = plans.cgo_plan()
    image = replace(plan.images[0], base="scratch", distroless="static")
    assert "FROM gcr.io/distroless/base-debian12:nonroot AS notes-runtime" in main(
        replace(plan, images=(image,))
    )


def test_cgo_is_compiled_on_the_platform_of_the_image() -> None:
    content = main(plans.cgo_plan())
    assert "FROM golang:1.26-bookworm AS modules" in content
    assert "CGO_ENABLED=1" in stages(content)["build"]
    musl = files(plans.cgo_plan())["Dockerfile.alpine"]
    assert "FROM golang:1.26-alpine AS modules" in musl
    assert "apk add --no-cache build-base" in musl
    assert "id=go-build-musl" in musl and "id=go-build-musl" not in content


def test_references_are_all_that_the_files_name() -> None:
    found = base_references(plans.cgo_plan(), Choices(pins={"alpine:3.24": DIGEST}))
    assert found == (
        "golang:1.26-bookworm",
        "gcr.io/distroless/base-debian12:nonroot",
        "gcr.io/distroless/static-debian12:debug-nonroot",
        "golang:1.26-alpine",
        "alpine:3.24",
        "debian:bookworm-slim",
    )
    pinned = files(plans.cgo_plan(), Choices(pins=dict.fromkeys(found, DIGEST)))
    for content in (text for path, text in pinned.items() if path.startswith("Dockerfile")):
        images = re.findall(r"^FROM (?:--\S+ )?(\S+:\S+)|--from=(\S+:\S+)", content, re.MULTILINE)
        assert images
        assert all((a or b).endswith(DIGEST) for a, b in images)


# stages


def test_the_first_image_is_what_a_build_makes() -> None:
    plan = plans.workspace_plan()
    assert list(targets(plan).items()) == [("api", "api"), ("worker", "worker")]
    assert list(stages(main(plan)))[-1] == "api"
    assert {"debug", "debug-worker", "worker", "worker-runtime"} <= set(stages(main(plan)))


def test_programs_with_the_same_flags_are_compiled_by_one_go_build() -> None:
    one, two = plans.image("one"), plans.image("two")
    assert main(plans.plan(one, two)).count("go build") == 2  # with and without symbols
    other = replace(two, flags=BuildFlags(tags=("extra",)))
    content = main(plans.plan(one, other))
    assert "-o /out/ example.com/one/cmd/one" in content
    assert "-tags=extra \\\n        -o /out/2/ example.com/two/cmd/two" in content
    assert "COPY --from=build /out/2/two /usr/local/bin/" in stages(content)["two"]


def test_binaries_of_one_name_do_not_overwrite_each_other() -> None:
    one = plans.image("one")
    two = replace(one, name="two", packages=("example.com/other/cmd/one",))
    content = main(plans.plan(one, two))
    assert "COPY --from=build /out/one /usr/local/bin/" in stages(content)["one"]
    assert "COPY --from=build /out/2/one /usr/local/bin/" in stages(content)["two"]


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("api", "api"),
        ("My_App", "my_app"),
        ("2048", "image-2048"),
        ("debug", "image-debug"),
        ("builder", "image-builder"),
        ("a/b c", "a-b-c"),
        ("ü", "image"),
        ("scratch", "image-scratch"),
    ],
)
def test_stage_names(name: str, stage: str) -> None:
    taken: set[str] = set()
    assert stage_name(name, taken) == stage
    assert stage_name(name, taken) == f"{stage}-2"


def test_an_image_named_like_the_stage_of_another() -> None:
    taken: set[str] = set()
    names = [stage_name(name, taken) for name in ("api", "api-runtime", "API")]
    assert names == ["api", "api-runtime-2", "api-2"]


def test_a_published_program_has_no_dockerfile() -> None:
    image = replace(plans.image("tool"), packages=("example.com/tool@v1.0.0",))
    with pytest.raises(ProjectError, match="tool is a published program") as error:
        dockerfiles(plans.plan(image), Choices())
    assert error.value.hint


# compiling


def test_levels_of_platforms_that_go_calls_otherwise() -> None:
    plan = replace(plans.grpc_plan(), platforms=(Platform.parse("linux/arm64/v9"),))
    assert "arm64/v9) export GOARM64=v9.0 ;;" in main(plan)


def test_flags_are_quoted_for_the_shell() -> None:
    flags = BuildFlags(
        tags=("a", "b"), ldflags=("-X=main.note=it's $HOME",), extra=("-gcflags=-N -l",),
        x={"main.version": "v1", "main.edition": 'ein "s"'}, pgo="off",
    )  # fmt: skip
    image = replace(plans.image("web"), flags=flags, go_env={"GOEXPERIMENT": "jsonv2 x"})
    content = stages(main(plans.plan(image)))["build"]
    assert (
        '-ldflags="-s -w \'-X=main.edition=ein \\"s\\"\' -X=main.version=$VERSION'
        ' \\"-X=main.note=it\'s \\$HOME\\""'
    ) in content
    assert "CGO_ENABLED=0 GOEXPERIMENT='jsonv2 x' GOOS=" in content
    assert '-gcflags="-N -l"' in content and "-tags=a,b" in content and "-pgo=off" in content


def test_variables_without_a_value_today_are_stamped_all_the_same() -> None:
    image = replace(plans.image("web"), stamps={"main.built": "date", "x/y.rev": "commit"})
    plan = plans.plan(image)
    assert build_arguments(plan) == ("VERSION", "COMMIT", "DATE")
    assert "-X=main.built=$DATE -X=x/y.rev=$COMMIT" in main(plan)


def test_labels_that_the_user_wrote_are_not_arguments() -> None:
    key = "org.opencontainers.image.version"
    image = plans.image("web")
    own = replace(image, run=replace(image.run, labels={key: "7"}), annotations={key: "v1.2.3"})
    assert f"{key}=7" in main(plans.plan(own))
    git = replace(own, annotations={key: "7"})
    assert f'{key}="$VERSION"' in main(plans.plan(git))


# modules


def test_no_modules_no_download() -> None:
    assert "go mod download" not in main(plans.cli_plan())
    assert "/go/pkg/mod" not in main(plans.cli_plan())


def test_vendored_modules_need_no_network() -> None:
    content = main(plans.workspace_plan())
    assert "go mod download" not in content and "GOPRIVATE" not in content
    assert "RUN --network=none" in stages(content)["build"]


def test_private_modules_come_by_secret_or_ssh() -> None:
    plan = plans.api_plan()
    private = replace(plan, sources=replace(plan.sources, private=("git.example.com/*",)))
    for name in ("modules", "build"):
        stage = stages(main(private))[name]
        assert "--mount=type=secret,id=netrc,target=/root/.netrc" in stage
        assert "--mount=type=ssh" in stage
    assert "type=secret" not in main(plan)


@pytest.mark.parametrize(
    ("outside", "root"),
    [
        ((), "/src"),
        (("../lib",), "/src/project"),
        (("../../a/lib", "../lib"), "/src/project/project"),
    ],
)
def test_folders_beyond_the_context_keep_their_places(outside: tuple[str, ...], root: str) -> None:
    plan = plans.api_plan()
    content = main(replace(plan, sources=replace(plan.sources, outside=outside)))
    assert f"WORKDIR {root}\n" in content
    if len(outside) == 2:
        assert "--mount=type=bind,from=lib,target=/src/a/lib" in content
        assert "--mount=type=bind,from=lib-2,target=/src/project/lib" in content


# running


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (HealthCheck(()), "HEALTHCHECK NONE\n"),
        (HealthCheck(("/a",)), 'HEALTHCHECK \\\n    CMD ["/a"]\n'),
        (
            HealthCheck(("/a", "$X"), 90, 0.25, 1.5, 4),
            "HEALTHCHECK --interval=90s --timeout=250ms --start-period=1.5s --retries=4 \\\n"
            '    CMD ["/a", "$X"]\n',
        ),
    ],
)
def test_health_checks(check: HealthCheck, line: str) -> None:
    image = plans.image("web")
    assert line in main(plans.plan(replace(image, run=replace(image.run, health_check=check))))


def test_the_probe_is_compiled_only_where_it_is_asked() -> None:
    assert "probe" not in main(plans.grpc_plan())
    assert "COPY --from=probe /out/probe /usr/local/bin/probe" in main(plans.api_plan())

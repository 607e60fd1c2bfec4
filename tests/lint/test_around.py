"""What is around a file: found when asked for, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.lint import around
from gotare.lint.around import Known, Neighbourhood, Neighbours, listing
from gotare.lint.files import MAX_SIZE, Target


def make(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            (root / path).mkdir(exist_ok=True)
        else:
            (root / path).write_text(f"text of {path}\n")
    return root


def look(root: Path, shown: str, text: str = "", load: around.Load | None = None) -> Neighbours:
    return Neighbourhood(root, load).look(Target(shown, root / shown, "dockerfile"), text)


def test_the_context_is_the_projects_folder(tmp_path: Path) -> None:
    make(tmp_path, "go.mod", "build/Dockerfile", ".git/")
    seen = look(tmp_path, "build/Dockerfile", "COPY . .\n")
    assert seen.context == tmp_path
    assert (seen.folder, seen.here) == (".", "build/Dockerfile")
    assert seen.ignore_file == ".dockerignore"


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("COPY conf /conf\nCOPY extra.txt /\n", "svc"),
        ("COPY --chown=1:1 conf extra.txt /\n", "svc"),
        ("COPY go.mod ./\n", "."),
        ("COPY svc/conf /x\n", "."),
        ("COPY --from=build /conf /\n", "."),
        ("ADD https://example.test/conf /\n", "."),
        ("COPY $WHAT /\n", "."),
        ("COPY nothing /\n", "."),
        ("COPY con* /\n", "."),
        ("COPY conf/* /\n", "svc"),
        ("COPY <<EOF /x\nEOF\n", "."),
    ],
)
def test_the_context_is_where_most_of_what_is_copied_lies(
    tmp_path: Path, text: str, folder: str
) -> None:
    make(tmp_path, "go.mod", "svc/Dockerfile", "svc/conf/a", "svc/extra.txt", ".git/")
    assert look(tmp_path, "svc/Dockerfile", text).folder == folder


@pytest.mark.parametrize(
    ("text", "folder"),
    [("COPY svc /\n", "svc"), ("COPY svc /\nCOPY lib /\n", "."), ("COPY svc/ /\n", ".")],
)
def test_what_is_named_as_the_folder_may_be_a_program(
    tmp_path: Path, text: str, folder: str
) -> None:
    make(tmp_path, "svc/go.mod", "svc/Dockerfile", "lib/a", ".git/")
    assert look(tmp_path, "svc/Dockerfile", text).folder == folder


def test_without_a_project_the_context_is_the_files_folder(tmp_path: Path) -> None:
    make(tmp_path, "a/Dockerfile", ".git/")
    seen = look(tmp_path, "a/Dockerfile", "COPY . .\n")
    assert (seen.folder, seen.here) == ("a", "Dockerfile")


def test_an_ignore_file_of_its_own_counts(tmp_path: Path) -> None:
    make(tmp_path, "a/Dockerfile", "a/Dockerfile.dockerignore", "go.mod", ".git/")
    assert look(tmp_path, "a/Dockerfile").ignore_file == "a/Dockerfile.dockerignore"


def test_what_the_context_holds(tmp_path: Path) -> None:
    make(tmp_path, "go.mod", "a/b", ".env", ".git/config", "node_modules/x", "vendor/m/x.go")
    (tmp_path / "link").symlink_to(tmp_path)
    assert set(listing(tmp_path) or ()) == {
        *("go.mod", "a/", "a/b", ".env", ".git/", "node_modules/", "vendor/", "vendor/m/", "link"),
    }


def test_a_folder_that_holds_too_much_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, *(f"d/{number}" for number in range(20)))
    monkeypatch.setattr(around, "MAX_ENTRIES", 10)
    assert listing(tmp_path) is None
    assert listing(tmp_path / "nothing") == frozenset()


def test_texts_are_read_by_name(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile", ".dockerignore", "build/x.mk", "d/")
    (tmp_path / "large").write_bytes(b"x" * (MAX_SIZE + 1))
    texts = look(tmp_path, "Dockerfile").texts
    assert texts[".dockerignore"] == "text of .dockerignore\n"
    assert texts["build/x.mk"] == "text of build/x.mk\n"
    assert list(texts) == [".dockerignore"] and len(texts) == 1
    for path in ("nothing", "d", "large", "/etc/passwd", "../x", "a\0b"):
        assert texts.get(path) is None


def test_texts_that_are_repaired_stand_in_for_files(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile", ".dockerignore")
    near = Neighbourhood(tmp_path, None)
    seen = near.look(Target("Dockerfile", tmp_path / "Dockerfile", "dockerfile"), "")
    assert set(seen.files or ()) == {"Dockerfile", ".dockerignore"}
    near.overlay[tmp_path / ".dockerignore"] = "new"
    near.overlay[tmp_path / "other"] = "made"
    assert seen.texts[".dockerignore"] == "new"
    assert set(seen.files or ()) == {"Dockerfile", ".dockerignore", "other"}
    near.forget()
    assert seen.texts[".dockerignore"] == "text of .dockerignore\n"


def test_a_project_is_read_once_and_only_when_asked_for(tmp_path: Path) -> None:
    make(tmp_path, "go.mod", "a/Dockerfile", "b/Dockerfile", "b/go.mod", ".git/")
    read: list[Path] = []

    def load(root: Path) -> Known:
        read.append(root)
        return Known(problem=f"no {root.name}")

    near = Neighbourhood(tmp_path, load)
    seen = [
        near.look(Target(path, tmp_path / path, "dockerfile"), "")
        for path in ("a/Dockerfile", "b/Dockerfile", "x/Dockerfile")
    ]
    assert [*read, *near.problems] == []
    assert [each.project for each in seen] == [None, None, None]
    assert [each.plan for each in seen] == [None, None, None]
    assert read == [tmp_path, tmp_path / "b"]
    assert list(near.problems) == [f"no {tmp_path.name}", "no b"]
    assert [each.missed for each in seen] == [2, 2, 2]
    assert not near.lacks_project


def test_a_workspace_is_a_project(tmp_path: Path) -> None:
    make(tmp_path, "go.work", "a/go.mod", "a/Dockerfile", ".git/")
    assert Neighbourhood(tmp_path, None).root_of(tmp_path / "a") == tmp_path


def test_a_file_of_no_project_is_noted(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile", ".git/")
    near = Neighbourhood(tmp_path, lambda root: Known())
    assert near.look(Target("Dockerfile", tmp_path / "Dockerfile", "dockerfile"), "").plan is None
    assert near.lacks_project


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_a_file_that_names_the_context_decides(tmp_path: Path) -> None:
    make(tmp_path, "go.mod", "docker/Dockerfile", "docker/x", "docker/.dockerignore", ".git/")
    assert look(tmp_path, "docker/Dockerfile", "COPY x /\n").folder == "docker"
    build = "{context: ., dockerfile: docker/Dockerfile, target: dev}"
    write(
        tmp_path,
        "deploy/compose.yaml",
        f"services: {{a: {{build: {build}}}}}\n".replace("., ", ".., "),
    )
    seen = look(tmp_path, "docker/Dockerfile", "COPY x /\n")
    assert (seen.folder, seen.here) == (".", "docker/Dockerfile")
    assert seen.ignore_file not in seen.texts
    assert [(each.by, each.target) for each in seen.builds] == [("deploy/compose.yaml", "dev")]


def test_of_several_contexts_the_one_with_most_of_what_is_copied(tmp_path: Path) -> None:
    make(tmp_path, "go.mod", "svc/Dockerfile", "svc/conf", ".git/")
    write(tmp_path, "compose.yaml", "services: {a: {build: svc}}\n")
    write(
        tmp_path,
        "docker-bake.json",
        '{"target": {"a": {"context": ".", "dockerfile": "svc/Dockerfile"}}}',
    )
    assert look(tmp_path, "svc/Dockerfile", "COPY conf /\n").folder == "svc"
    assert look(tmp_path, "svc/Dockerfile", "COPY svc/conf go.mod /\n").folder == "."


def test_what_a_command_seems_to_say_stands_behind_what_is_there(tmp_path: Path) -> None:
    make(tmp_path, "go.mod", "svc/Dockerfile", "svc/conf", ".git/")
    write(tmp_path, "Makefile", "all:\n\tdocker build -f svc/Dockerfile .\n")
    assert look(tmp_path, "svc/Dockerfile", "COPY conf /\n").folder == "svc"
    assert look(tmp_path, "svc/Dockerfile", "COPY . /\n").folder == "."


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("COPY . .\n", False),
        ("COPY . .\nRUN go build ./...\n", True),
        ("COPY app /\n", False),
        ("COPY main.go app /\n", True),
        ("COPY $APP /\n", False),
        ("COPY --from=build /app /\n", True),
    ],
)
def test_nobody_knows_a_context_that_no_file_fits(tmp_path: Path, text: str, known: bool) -> None:
    make(tmp_path, "go.mod", "main.go", "build/Dockerfile", ".dockerignore", ".git/")
    seen = look(tmp_path, "build/Dockerfile", text)
    assert (seen.files is not None, ".dockerignore" in seen.texts) == (known, known)
    assert look(tmp_path, "Dockerfile", text).files is not None


def test_nothing_above_the_folder_is_looked_at_where_there_is_no_repository(tmp_path: Path) -> None:
    make(tmp_path, "conf", "place/Dockerfile")
    seen = look(tmp_path / "place", "Dockerfile", "COPY conf /\n")
    assert seen.context == tmp_path / "place"


def test_what_is_too_much_to_list_is_looked_at_nearby(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "go.mod", "a/b/Dockerfile", ".git/", *(f"d/{number}" for number in range(20)))
    write(
        tmp_path,
        "a/compose.yaml",
        "services: {a: {build: {context: .., dockerfile: a/b/Dockerfile}}}\n",
    )
    monkeypatch.setattr(around, "MAX_ENTRIES", 10)
    assert [each.by for each in look(tmp_path, "a/b/Dockerfile").builds] == ["a/compose.yaml"]


def test_a_file_that_is_not_of_the_program_has_the_context_of_the_project(tmp_path: Path) -> None:
    make(tmp_path, "go.mod", "deploy/pod.yaml", ".git/")
    target = Target("deploy/pod.yaml", tmp_path / "deploy/pod.yaml", "kubernetes")
    assert Neighbourhood(tmp_path, None).look(target, "").folder == "."


def test_a_go_file_of_a_workspace_has_the_folder_of_the_workspace(tmp_path: Path) -> None:
    make(tmp_path, "go.work", "a/go.mod", "a/main.go", ".git/")
    seen = Neighbourhood(tmp_path, None).look(Target("a/main.go", tmp_path / "a/main.go", "go"), "")
    assert (seen.folder, seen.here) == (".", "a/main.go")


def test_manifests_without_a_project_are_those_of_the_repository(tmp_path: Path) -> None:
    make(tmp_path, "deploy/base/pod.yaml", "deploy/prod/kustomization.yaml", ".git/")
    place = tmp_path / "deploy/base/pod.yaml"
    target = Target("deploy/base/pod.yaml", place, "kubernetes")
    assert Neighbourhood(tmp_path, None).look(target, "").here == "deploy/base/pod.yaml"


def test_what_manifests_run_without_root_is_asked_of_the_whole_repository(tmp_path: Path) -> None:
    make(tmp_path, ".git/", "src/cart/Dockerfile", "src/cart/go.mod", "deploy/cart.yaml")
    manifest = "apiVersion: v1\nkind: Pod\nspec:\n  image: cart\n  runAsNonRoot: true\n"
    (tmp_path / "deploy/cart.yaml").write_text(manifest)
    near = Neighbourhood(tmp_path, None)
    place = tmp_path / "src/cart/Dockerfile"
    target = Target("src/cart/Dockerfile", place, "dockerfile")
    assert near.look(target, "FROM scratch\n").without_root == {"cart"}
    (tmp_path / "deploy/cart.yaml").unlink()
    near.forget()
    assert near.look(target, "FROM scratch\n").without_root == frozenset()

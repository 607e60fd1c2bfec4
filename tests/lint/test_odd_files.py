"""Files of any shape and of great size: rules say something or nothing, and never fail."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.lint.readers import reader_of
from gotare.lint.rule import Kind
from gotare.lint.rules import rules_of
from gotare.lint.subjects import Surroundings
from tests.generate.plans import api_plan

KEYS: dict[Kind, str] = {
    "compose": (
        "services api image build ports environment depends_on db volumes healthcheck test tmpfs "
        "user restart deploy command cap_add security_opt extends condition target published "
        "version env_file network_mode read_only resources limits memory << x"
    ),
    "kubernetes": (
        "apiVersion kind metadata name spec template containers image securityContext labels "
        "selector matchLabels volumes ports containerPort livenessProbe httpGet path port exec "
        "command env value resources requests limits data stringData items replicas patches images "
        "accessModes hostPath emptyDir capabilities drop lifecycle preStop metrics << x"
    ),
    "workflow": (
        "on jobs build steps uses with run permissions env if push tags platforms build-args load "
        "image services script variables name ref script runs cache-from continue-on-error << x"
    ),
}
SAID = (
    "api postgres:latest 8080:80 '22:22' true 0 /healthz http ./:/app A=b PASSWORD=x Deployment "
    "Service Pod ConfigMap Secret HorizontalPodAutoscaler PodDisruptionBudget NetworkPolicy v1 "
    "apps/v1 Kustomization latest ALL docker/build-push-action@v5 actions/checkout@v4 "
    "linux/amd64,darwin/arm64 pull_request_target write-all curl CMD CMD-SHELL ${{secrets.X}} "
    "docker:dind docker_build_--load"
)
WORDS = SAID.split()


@cache
def around() -> Surroundings:
    plan = api_plan()
    texts = {"Dockerfile": "FROM scratch\nCOPY . .\n", "k8s/x.yaml": "kind: Pod\n"}
    return Surroundings(None, plan, frozenset(texts), texts, here="k8s/a.yaml")


def run(kind: Kind, text: str, path: str = "a.yaml") -> None:
    subject = reader_of(kind)(path, text, around())
    for rule in rules_of(kind):
        for found in rule.findings(subject):
            assert 0 <= found.span.start <= found.span.end <= len(text), rule.id
            assert found.message
            for edit in found.fix.edits if found.fix else ():
                assert 0 <= edit.start <= edit.end <= len(text), rule.id


def trees(kind: Kind) -> st.SearchStrategy[object]:
    keys = st.sampled_from(KEYS[kind].split())
    return st.recursive(
        st.sampled_from([*WORDS, None, 1, True]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=25,
    )


def written(value: object, depth: int = 0) -> str:
    """Write a value with brackets below the first levels, so that both styles are tried."""
    indent = "  " * depth
    if isinstance(value, dict) and value and depth < 4:
        return "".join(f"\n{indent}{key}: {written(v, depth + 1)}" for key, v in value.items())
    if isinstance(value, list) and value and depth < 4:
        return "".join(f"\n{indent}- {written(v, depth + 9)}" for v in value)
    return flow(value)


def flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return "" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


@pytest.mark.parametrize("kind", ["compose", "kubernetes", "workflow"])
def test_no_shape_makes_a_rule_fail(kind: Kind) -> None:
    @settings(max_examples=150)
    @given(trees(kind), st.sampled_from(["a.yaml", ".gitlab-ci.yml", "kustomization.yaml"]))
    def check(value: object, path: str) -> None:
        run(kind, written(value).lstrip("\n"), path)

    check()


LINES = st.sampled_from([
    "FROM = x", "build:", "\tdocker build --load --platform $(P) .", "P = a,b", "\\", "$(", "!x",
    "x", "x # y", "[", "**/x", "\tgo build -ldflags='-X main.Version=1' -installsuffix a", "!", "",
    "\tdocker build -t x --build-arg TOKEN=$(T) \\", "*.pem", " ", "go.mod", "\r",
])  # fmt: skip


@given(st.lists(LINES, max_size=12).map("\n".join), st.sampled_from(["makefile", "dockerignore"]))
def test_no_lines_make_a_rule_fail(text: str, kind: Kind) -> None:
    run(kind, text, "Makefile" if kind == "makefile" else ".dockerignore")


LONG = 200_000


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("compose", "services:\n  a:\n    environment:\n      X_URL: " + "a" * LONG),
        ("compose", "services:\n  a:\n    ports: ['" + "1:" * LONG + "']"),
        ("compose", "services:\n" + "".join(f"  s{n}: {{image: x}}\n" for n in range(5000))),
        ("kubernetes", "kind: Pod\nspec:\n  containers:\n  - image: " + "a:" * LONG),
        ("workflow", "jobs:\n  a:\n    steps:\n    - run: '" + "${{ " * (LONG // 4) + "'"),
        ("workflow", "jobs:\n  a:\n    steps:\n    - run: docker build -t " + "$(" * (LONG // 2)),
        ("workflow", "jobs:\n  a:\n    steps:\n    - run: '" + "a || b " * (LONG // 8) + "'"),
        (
            "workflow",
            "jobs:\n  a:\n    steps:\n    - uses: docker/build-push-action@v5\n      with:\n"
            "        build-args: 'A=" + "${{ secrets" * (LONG // 10) + "'",
        ),
        ("makefile", "a:\n\tdocker build -t " + "$(" * LONG),
        ("makefile", "A = " + "$(A)" * (LONG // 4) + "\na:\n\tdocker build -t $(A) .\n"),
        ("makefile", "\\\n" * LONG),
        ("dockerignore", "a*" * 2000),
        ("dockerignore", "a*" * LONG),
        ("dockerignore", "**/" * LONG),
        ("dockerignore", "*a" * 12 + "*b\n"),
        ("dockerignore", "!a\n" * 5000),
        ("kubernetes", "---\nkind: Pod\nmetadata: {name: a}\n" * 900),
        ("makefile", "a: b\n\t$(MAKE) b\nb: a\n\t$(MAKE) a\n\tdocker build .\n"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_long_files_end(kind: Kind, text: str) -> None:
    run(kind, text, {"makefile": "Makefile", "dockerignore": ".dockerignore"}.get(kind, "a.yaml"))


HEAD, TAIL = "FROM golang AS b\n", "FROM scratch\nCOPY --from=b /a /a\nENTRYPOINT /a\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "RUN curl x" + " | sh" * 1500 + "\n" + TAIL,
        HEAD + "RUN " + " && ".join(["curl -O http://e/x.sh", "sh x.sh"] * 500) + "\n" + TAIL,
        HEAD + "RUN chmod " + "777 " * 12_000 + "\n" + TAIL,
        HEAD + "ENV A=" + "${A:-" * 10_000 + "x" + "}" * 10_000 + "\n" + TAIL,
        HEAD + "".join(f"ENV A{n}=$A{n - 1}$A{n - 1}\n" for n in range(1, 400)) + TAIL,
        HEAD + "COPY " + " ".join(f"f{n}" for n in range(8000)) + " /d/\n" + TAIL,
        HEAD + "WORKDIR a\n" * 900 + TAIL,
        HEAD + "LABEL " + " ".join(f"a{n}=$X{n}" for n in range(1500)) + "\n" + TAIL,
        HEAD + "RUN <<E\n" + "go build -o /a ./cmd/x\n" * 500 + "E\n" + TAIL,
        "".join(f"FROM s{(n + 1) % 200} AS s{n}\nCOPY --from=s{n} / /\n" for n in range(200)),
        "FROM " + "a/" * 30_000 + "\n",
        "CMD " + "[" * 60_000 + "\n",
        "\n" * 45_000 + HEAD + TAIL,
    ],
    ids=lambda text: text[-60:-40] + text[17:30],
)
def test_dockerfiles_of_odd_shapes_end(text: str) -> None:
    run("dockerfile", text, "Dockerfile")


def test_targets_that_call_make_many_times_end() -> None:
    targets = "".join(f"t{n}: t{n + 1}\n\t$(MAKE) t{n + 1}; $(MAKE) t{n + 1}\n" for n in range(40))
    near = Surroundings(None, None, frozenset({"Makefile", "Dockerfile"}), {"Makefile": targets})
    text = HEAD + "COPY . .\n" + "RUN make t0\n" * 20 + TAIL
    subject = reader_of("dockerfile")("Dockerfile", text, near)
    assert [found for rule in rules_of("dockerfile") for found in rule.findings(subject)]

"""Asks a model everything at once, and holds its parts to one another."""

from __future__ import annotations

from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.gobuild import go_builds, go_commands
from gotare.lint.dockerfile.runs import ran_by, ran_in
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.subjects import Surroundings
from tests.lint.model.reading import Model

ANSWERS = {"yes", "no", "unknown"}


def ask_everything(text: str, around: Surroundings | None = None) -> Model:
    """Compute all that there is to compute; the result obeys what its types promise."""
    model = Model(text, around)
    _check_stages(model)
    _check_commands(model)
    for stage in model.build.stages:
        held = model.contents(stage)
        asked = [held.certificates, held.zones, held.shell, held.tmp, held.accounts, held.go]
        asked += [held.has("/app"), held.tool("curl"), held.has_user("app"), held.compiler]
        assert set(asked) <= ANSWERS
        assert all(one.path.startswith("/") or ":" in one.path for one in held.held)
        for command in (stage.state.entrypoint, stage.state.cmd):
            program = held.program(command) if command else None
            assert program is None or program.there in ANSWERS
    return model


def _check_stages(model: Model) -> None:
    build = model.build
    for stage in build.stages:
        assert len(stage.states) == len(stage.instructions) + 1
        assert stage.chain[-1] is stage and stage.chain[0].parent is None
        assert all(0 <= index < len(build.stages) for index in stage.uses)
        assert build.stage_of(stage.source) is stage
        workdir = stage.state.workdir
        assert (
            workdir is None or workdir.startswith("/") or stage.state.shell[0] == "cmd" or workdir
        )
    if build.final is not None:
        needed = {stage.index for stage in build.needed_by(build.final)}
        assert needed.isdisjoint(stage.index for stage in build.unreachable)


def _check_commands(model: Model) -> None:
    build, text = model.build, model.build.file.text
    for stage in build.stages:
        copies_in(build, stage)
        for ran in ran_in(build, stage, model.around):
            _check_span(ran.span, text)
            for word in ran.command.words:
                _check_span(ran.where(word), text)
        for instruction in stage.named("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            ran_by(build, instruction, model.around)
    commands = go_commands(build, model.around)
    builds = go_builds(build, model.around)
    assert len(builds) <= len(commands)
    for made in builds:
        assert made.linking in {"static", "glibc", "musl", "unknown"}
        assert made.linking_why and made.cgo_why
        for flag in made.command.flags:
            _check_span(flag.span, text)


def _check_span(span: Span, text: str) -> None:
    assert 0 <= span.start <= span.end <= len(text)


def held_by(text: str) -> set[str]:
    """Return the paths that the final image is known to hold."""
    model = Model(text)
    assert model.build.final is not None
    return {one.path for one in contents_of(model.build, model.build.final, model.around).held}

"""The last stages: an image as it runs, and the same with a shell and symbols.

Instructions say what the plan says, so that the image's config is that of `gotare build`; what the
base sets by itself is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gotare.generate.dockerfile_args import label_argument, labelled, labels_of
from gotare.generate.dockerfile_base import Base, install, packages
from gotare.generate.dockerfile_build import binaries
from gotare.generate.dockerfile_files import files_copies
from gotare.generate.dockerfile_text import comment, copy, exec_form, pairs, value
from gotare.generate.files import Choices
from gotare.generate.tools import distroless
from gotare.oci.image import NONROOT, HealthCheck, RunSettings
from gotare.places import BIN, PROBE
from gotare.plan import ImagePlan, Plan

_NUMBERS: Final = {"root": "0:0", "nobody": "65534:65534", "nonroot": "65532:65532"}
"""The users that every base of ours has."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The names of the stages that an image is put together from; "" for one it does not need."""

    image: str
    debug: str
    rootfs: str = ""
    files: str = ""

    @property
    def runtime(self) -> str:
        """The stage with everything but the program."""
        return f"{self.image}-runtime"


def runtime_stage(
    image: ImagePlan, base: Base, plan: Plan, choices: Choices, stages: Stages
) -> str:
    """Return the stage with everything but the program: debug and release share it."""
    reference = base.reference if base.reference == "scratch" else choices.pinned(base.reference)
    lines = [comment(base.why)] if base.why else []
    lines.append(f"FROM {reference} AS {stages.runtime}")
    if stages.rootfs:
        lines.append(copy(["/rootfs/"], "/", f"--from={stages.rootfs}"))
    if wanted := packages(image, base, plan.sources.cxx):
        lines.append(install(wanted, "apk" if base.variant == "alpine" else "apt"))
    if stages.files:
        lines += files_copies(image, stages.files)
    if image.probe:
        lines.append(copy(["/out/probe"], PROBE, "--from=probe"))
    return "\n".join([*lines, *_settings(image, base), *_labels(image)])


def _settings(image: ImagePlan, base: Base) -> Iterator[str]:
    run = image.run
    env = {name: text for name, text in run.env.items() if base.env.get(name) != text}
    if env:
        written = {n: value(t, f"the variable {n}") for n, t in sorted(env.items())}
        yield pairs("ENV", written)
    yield from _user(run, base)
    if run.working_dir and run.working_dir != base.working_dir:
        yield f"WORKDIR {_path(run.working_dir)}"
    if run.ports:
        yield f"EXPOSE {' '.join(run.ports)}"
    if run.volumes:
        yield f"VOLUME {exec_form(run.volumes)}"
    if run.stop_signal:
        yield f"STOPSIGNAL {run.stop_signal}"
    if run.health_check:
        yield health_check(run.health_check)
    yield "# In exec form: signals reach the program, and no shell is needed."
    yield f"ENTRYPOINT {exec_form(run.entrypoint)}"
    if run.args:
        yield f"CMD {exec_form(run.args)}"


def _path(path: str) -> str:
    return path.replace("\\", "\\\\").replace("$", "\\$")


def _user(run: RunSettings, base: Base) -> Iterator[str]:
    """Yield the user; a number, so that Kubernetes can see that it is not root."""
    if run.user is None and base.own_user:
        return
    user = _NUMBERS.get(run.user or "", run.user or NONROOT)
    if re.match(r"0+(:|$)", user):
        yield "# As root, as the plan says."
        yield "# hadolint ignore=DL3002"
    elif not re.fullmatch(r"\d+(:\d+)?", user):
        yield "# A name of the base image."
        yield "# hadolint ignore=DL3066"
    yield f"USER {user}"


def health_check(check: HealthCheck) -> str:
    """Return the HEALTHCHECK, in exec form, with the durations that are said."""
    if not check.command:
        return "HEALTHCHECK NONE"
    durations = {
        "interval": check.interval,
        "timeout": check.timeout,
        "start-period": check.start_period,
    }
    words = [f"--{name}={_seconds(number)}" for name, number in durations.items() if number]
    words += [f"--retries={check.retries}"] if check.retries else []
    return " ".join(["HEALTHCHECK", *words, "\\\n    CMD", exec_form(check.command)])


def _seconds(number: float) -> str:
    return f"{number:g}s" if number >= 1 else f"{number * 1000:g}ms"


def _labels(image: ImagePlan) -> Iterator[str]:
    if arguments := labelled(image):
        yield f"ARG {' '.join(arguments)}"
    written = {}
    for name, text in sorted(labels_of(image).items()):
        argument = label_argument(image, name)
        told = f'"${argument}"' if argument else value(text or "", f"the label {name}")
        written[value(name, "a label")] = told
    yield pairs("LABEL", written)


def image_stage(image: ImagePlan, plan: Plan, stages: Stages) -> str:
    """Return the stage that is the image."""
    return "\n".join([
        f"FROM {stages.runtime} AS {stages.image}",
        _program(binaries(plan, image), "build"),
    ])  # fmt: skip


def debug_stage(image: ImagePlan, plan: Plan, choices: Choices, stages: Stages) -> str:
    """Return the stage for looking inside: busybox's shell, and programs with symbols."""
    shell = choices.pinned(distroless("static", debug=True))
    return "\n".join([
        comment(
            f"To look inside: docker build --target {stages.debug}, then"
            " docker run --rm -it --entrypoint sh IMAGE."
        ),
        f"FROM {stages.runtime} AS {stages.debug}",
        copy(["/busybox"], "/busybox", f"--from={shell}"),
        "ENV PATH=$PATH:/busybox",
        _program(binaries(plan, image), "build-debug"),
    ])  # fmt: skip


def _program(paths: Sequence[str], stage: str) -> str:
    return copy(paths, f"{BIN}/", f"--from={stage}")

"""What does the script say that an image runs first?"""

from __future__ import annotations

from gotare.lint.dockerfile.copies import context_path
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.run_programs import Image, images_in
from gotare.lint.dockerfile.shipping import command_of
from gotare.lint.subjects import DockerfileSubject


def entry_script(subject: DockerfileSubject, image: Image) -> str:
    """Return the text of a script of the context, "" where nobody knows it."""
    program, command = image.program, command_of(image.stage)
    if program is None or program.path is None or command is None or command.at is None:
        return ""
    path = context_path(subject.build, image.stage, command.at, program.path)
    return subject.around.texts.get(path) or "" if path is not None else ""


def scripts_on(subject: DockerfileSubject, stage: Stage) -> str:
    """Return what the scripts say that images run first which hold the layers of a stage."""
    images = (i for i in images_in(subject) if any(s.index == stage.index for s in i.stage.chain))
    return "\n".join(entry_script(subject, image) for image in images)

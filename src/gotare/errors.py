"""Every exception that gotare raises on purpose.

    GotareError                 the work failed                        exit 3
    |-- UsageError              wrong arguments                        exit 2
    |   |-- ConfigError         gotare.yaml is wrong
    |   |-- PlatformError       not a platform, or one Go cannot build
    |   `-- ReferenceError_     not an image reference
    |-- ProjectError            the Go project cannot be planned
    |-- ToolchainError          no usable `go`
    |-- CompileError            `go build` failed; carries Go's own lines
    |-- ToolError               another program failed
    |-- BaseError               the base image cannot be used
    |-- WriteError              files cannot be written into the project
    |-- TextError               a text that is linted is not what its name says
    |-- StoreError              a store cannot be read or written
    |   |-- NotFoundError       it does not hold what was asked for
    |   `-- CorruptError        what it holds is not what its digest says
    |       `-- CacheDamagedError   that of gotare's own cache: building again repairs it
    |-- RegistryError           a registry refused, lied or did not answer
    |   `-- AuthError           401 or 403
    |-- EngineError             a Docker or Podman engine refused
    `-- ValidationError         an image breaks the OCI specification       exit 1

A message says what is wrong with which thing; the hint says what to do about it.
Only `cli/main.py` prints them and exits.
"""

from __future__ import annotations


class GotareError(Exception):
    """The work failed. `hint` is the remedy, one line, or None."""

    exit_code = 3

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(GotareError):
    """The arguments are wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """`gotare.yaml` has an unknown key or a value of the wrong type."""


class PlatformError(UsageError):
    """Not a platform, or not one that Go can build for."""


class ReferenceError_(UsageError):
    """Not an image reference (the underscore avoids Python's own ReferenceError)."""


class ProjectError(GotareError):
    """The Go project cannot be read or planned: go.mod, mains, files."""


class ToolchainError(GotareError):
    """There is no `go`, or it is too old for the project."""


class CompileError(GotareError):
    """`go build` failed. `output` holds Go's own lines."""

    def __init__(self, message: str, output: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.output = output


class ToolError(GotareError):
    """Another program failed. `output` holds what it printed."""

    def __init__(self, message: str, output: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.output = output


class BaseError(GotareError):
    """The base image cannot be used."""


class WriteError(GotareError):
    """Files cannot be written into the project, or not without losing what stands there."""


class TextError(GotareError):
    """A text that is linted is not what its name says. `offset` is where, in characters."""

    def __init__(self, message: str, offset: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.offset = offset


class StoreError(GotareError):
    """A layout, archive or cache cannot be read or written."""


class NotFoundError(StoreError):
    """The store does not hold what was asked for."""


class CorruptError(StoreError):
    """Content differs from its digest or size, or is not what its media type says."""


class CacheDamagedError(CorruptError):
    """A blob of gotare's own cache is damaged or gone; whatever it was can be made again."""


class RegistryError(GotareError):
    """A registry refused, lied or did not answer. `status` is the HTTP status, 0 for none."""

    def __init__(self, message: str, hint: str | None = None, status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class AuthError(RegistryError):
    """The registry answered 401 or 403."""


class EngineError(GotareError):
    """A Docker or Podman engine refused or could not be reached."""


class ValidationError(GotareError):
    """An image breaks the OCI image specification."""

    exit_code = 1

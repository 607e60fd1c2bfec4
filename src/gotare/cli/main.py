"""The `gotare` command: the only place that catches and exits.

An unchanged build is answered before the command line is even parsed: see `early.py`.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from gotare.errors import CompileError, GotareError, ToolError

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit: 0 fine, 1 findings, 2 usage, 3 failed, 130 interrupted."""
    gc.set_threshold(100_000)  # a short life makes little garbage; looking for it took 20 ms
    code = run(sys.argv[1:])
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Everything is closed and written by now; tearing the interpreter down would take 7 to 20 ms.
    os._exit(code)


def run(args: list[str]) -> int:
    """Run with these arguments and return the exit code; every error is printed here."""
    try:
        return _run(args)
    except GotareError as error:
        return _failed(error)
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody to tell, now or at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except OSError as error:
        return _failed(GotareError(str(error)))
    except Exception as error:
        if "GOTARE_TRACEBACK" in os.environ:
            raise
        kind = type(error).__name__
        return _failed(
            GotareError(
                f"internal error: {kind}: {error}",
                "this is a defect of gotare: please report it with GOTARE_TRACEBACK=1 set",
            )
        )
    finally:
        _end_programs()


def _run(args: list[str]) -> int:
    early = None
    if args[:1] == ["build"]:
        from gotare.cli.early import look

        early = look(args, os.environ)
        if early.answered:
            return 0
    import signal

    import click

    from gotare.cli.app import cli
    from gotare.interrupts import INTERRUPTS

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, INTERRUPTS.handle)

    try:
        code = cli.main(args, prog_name="gotare", standalone_mode=False, obj=early)
    except click.ClickException as error:
        return _usage(error)
    except click.Abort:
        return _interrupted()
    except SystemExit:  # so click ends when the reader of our output has gone
        return 3
    return code if isinstance(code, int) else 0


def _end_programs() -> None:
    """End what was started and is not needed after all."""
    process, cache = map(sys.modules.get, ("gotare.golang.process", "gotare.cache"))
    if process is not None:
        process.end_all()
    if cache is not None:
        cache.release_all()


def _print(line: str) -> None:
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _interrupted() -> int:
    _print("error: interrupted")
    return _INTERRUPTED


def _usage(error: object) -> int:
    message = error.format_message()  # type: ignore[attr-defined]
    if type(error).__name__ == "NoArgsIsHelpError":
        _print(message)
        return 2
    _print(f"error: {message}")
    context = getattr(error, "ctx", None)
    if context is not None:
        _print(f"hint: {context.command_path} --help")
    return 2


def _failed(error: GotareError) -> int:
    if isinstance(error, CompileError | ToolError) and error.output:
        _print(error.output.rstrip("\n"))
    _print(f"error: {error.message}")
    if error.hint:
        _print(f"hint: {error.hint}")
    return error.exit_code


if __name__ == "__main__":
    main()

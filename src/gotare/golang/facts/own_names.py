"""Variables that Go, the shell, the terminal or the desktop own: no setting of the program."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    "HOME PATH USER USERNAME LOGNAME SHELL PWD OLDPWD LANG LANGUAGE TERM COLORTERM TERM_PROGRAM "
    "NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE COLUMNS LINES EDITOR VISUAL PAGER TMPDIR TEMP "
    "TMP HOSTNAME DISPLAY WAYLAND_DISPLAY APPDATA LOCALAPPDATA USERPROFILE PROGRAMDATA COMSPEC "
    "SHLVL SYSTEMROOT WINDIR HOMEDRIVE HOMEPATH PATHEXT EUID UID GID TZ ZONEINFO CI GITHUB_ACTIONS "
    "SSL_CERT_FILE SSL_CERT_DIR NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES WATCHDOG_USEC "
    "WATCHDOG_PID INVOCATION_ID JOURNAL_STREAM KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT "
    "SSH_AUTH_SOCK SSH_CONNECTION SSH_TTY SSH_CLIENT SUDO_USER SUDO_UID SUDO_GID TMUX BROWSER "
    "HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY PS1 BASH ZSH_VERSION BASH_VERSION FISH_VERSION"
)
_OWN: Final = frozenset(_WORDS.split())
_GO: Final = re.compile(
    r"GO(?:ARCH|OS|ROOT|PATH|BIN|CACHE|DEBUG|ENV|FLAGS|GC|MAXPROCS|MEMLIMIT|MOD|MODCACHE|PROXY|PRIVATE"
    r"|NOPROXY|NOSUMDB|SUMDB|TOOLCHAIN|TRACEBACK|TMPDIR|VERSION|WORK|EXPERIMENT|COVERDIR|RACE|VCS"
    r"|INSECURE|AMD64|ARM|ARM64|386|EXE|HOSTARCH|HOSTOS|FIPS140)|CGO_\w+"
)
_FAMILIES: Final = ("LC_", "XDG_")


def is_own_name(name: str) -> bool:
    """Tell whether a variable belongs to Go, the shell or the system, and not to the program."""
    upper = name.upper()
    return upper in _OWN or upper.startswith(_FAMILIES) or bool(_GO.fullmatch(upper))


def is_name(name: str) -> bool:
    """Tell whether a text can be the name of an environment variable."""
    return len(name) <= 200 and bool(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name))

"""Where things are in the images that gotare makes."""

from __future__ import annotations

from typing import Final

BIN: Final = "/usr/local/bin"
"""Where binaries are in the image: on every PATH, and never in the way of a base's folders."""

PROBE: Final = f"{BIN}/probe"
"""Where gotare's HTTP probe is in images whose health check asks over HTTP."""

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

HOME: Final = "/home/nonroot"
"""The home, and the working directory, of the user in the static base."""

WORKDIR: Final = "/app"
"""Where programs run that open files by relative paths: those files are there."""

CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"

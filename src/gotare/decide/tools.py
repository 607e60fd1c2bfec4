"""Which packages of Alpine and Debian hold the programs that Go programs like to run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import basename
from typing import Final

from gotare.golang.facts.types import Executed
from gotare.workload import Note, Tool

_PACKAGES: Final = """
bash bash bash|bzip2 bzip2 bzip2|cat - -|chromium chromium chromium|convert imagemagick imagemagick
cp - -|curl curl curl|cwebp libwebp-tools webp|date - -|df - -|diff diffutils diffutils
dig bind-tools dnsutils|docker docker-cli docker.io|dot graphviz graphviz|echo - -|env - -
exiftool exiftool libimage-exiftool-perl|ffmpeg ffmpeg ffmpeg|ffprobe ffmpeg ffmpeg|file file file
find - findutils|gcc gcc gcc|gh github-cli gh|git git git|go go golang-go|gpg gnupg gnupg|grep - -
gs ghostscript ghostscript|gunzip - -|gzip - -|helm helm -|hg mercurial mercurial|hostname - -
id - -|identify imagemagick imagemagick|ip iproute2 iproute2|iptables iptables iptables|jq jq jq
kill - procps|kubectl kubectl -|ls - -|lsof lsof lsof|magick imagemagick imagemagick|make make make
mkdir - -|mount - mount|mv - -|mysqldump mysql-client default-mysql-client
mysql mysql-client default-mysql-client|nft nftables nftables|nginx nginx nginx|node nodejs nodejs
npm npm npm|nproc - -|nslookup - dnsutils|openssl openssl openssl|pandoc pandoc pandoc
pdftotext poppler-utils poppler-utils|pg_dump postgresql-client postgresql-client
pg_restore postgresql-client postgresql-client|ping - iputils-ping|ps - procps
psql postgresql-client postgresql-client|python3 python3 python3|python python3 python3
rclone rclone rclone|redis-cli redis redis-tools|rm - -|rsync rsync rsync|sed - -|sh - -
sqlite3 sqlite sqlite3|ssh openssh-client openssh-client
ssh-keygen openssh-keygen openssh-client
sudo sudo sudo|svn subversion subversion|tail - -|tar - -|tee - -
tesseract tesseract-ocr tesseract-ocr
top - procps|uname - -|unzip unzip unzip|vips vips-tools libvips-tools
wg wireguard-tools wireguard-tools
wget - wget|which - -|wkhtmltopdf - wkhtmltopdf|xargs - findutils|xz xz xz-utils
yt-dlp yt-dlp yt-dlp
zip zip zip|zstd zstd zstd
"""

_TABLE: Final = {
    name: (alpine.strip("-"), debian.strip("-"))
    for row in _PACKAGES.replace("\n", "|").split("|")
    if row
    for name, alpine, debian in (row.split(),)
}
"""Program: the package in Alpine and in Debian; "" where the base itself has the program (busybox,
or coreutils, dash, grep, sed, gzip and tar), or where the distribution has no package for it."""


def tools_of(executed: Iterable[Executed]) -> tuple[Tool, ...]:
    """Return the programs that are run, each once."""
    found: dict[str, Tool] = {}
    for item in executed:
        if item.name:
            name = basename(item.name)
            alpine, debian = _TABLE.get(name, ("", ""))
            found.setdefault(name, Tool(name, alpine, debian, str(item.at)))
    return tuple(found.values())


def tool_notes(image: str, executed: Iterable[Executed], base: str) -> Iterator[Note]:
    """Yield a note for each program that a base without a shell does not have."""
    executed = tuple(executed)
    for tool in tools_of(executed):
        known = tool.name in _TABLE
        text = f'runs "{tool.name}": not in this base'
        if known:
            text += "; gotare init --variant alpine writes an image that has it"
        if base in ("scratch", "static") or "distroless" in base:
            yield Note(image, "shell-out", text, tool.at)
    for item in executed:
        if item.name is None:
            yield Note(image, "unknown", "runs a program whose name is computed", str(item.at))

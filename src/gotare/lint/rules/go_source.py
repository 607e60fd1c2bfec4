"""Does the code fit a container? How it listens, how it stops, what it needs and what it writes."""

from __future__ import annotations

from typing import Final

from gotare.lint.rules import go_needs, go_serving, go_stopping

RULES: Final = (*go_serving.RULES, *go_stopping.RULES, *go_needs.RULES)

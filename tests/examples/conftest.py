"""The servers and images that the tests of this folder share."""

from __future__ import annotations

from tests.servers import postgres, redis

__all__ = ["postgres", "redis"]

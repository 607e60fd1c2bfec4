"""Which images do manifests run as another user than root?"""

from __future__ import annotations

import pytest

from gotare.lint.deployments import images_without_root


def pod(image: str, context: str) -> str:
    """Return a manifest of a Pod."""
    return (
        f"apiVersion: v1\nkind: Pod\nspec:\n  securityContext:\n    {context}\n"
        f"  containers:\n  - name: a\n    image: {image}\n"
    )


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        ([pod("ghcr.io/acme/cart:v1", "runAsNonRoot: true")], {"cart"}),
        ([pod("cart@sha256:1234", "runAsUser: 1000")], {"cart"}),
        ([pod("cart", "runAsUser: 0")], set()),
        ([pod("cart", "runAsUser: 0\n    runAsNonRoot: true")], set()),
        ([pod("cart", "fsGroup: 1000")], set()),
        ([pod("cart", "runAsUser: 1") + "---\n" + pod("shop", "fsGroup: 1")], {"cart"}),
        ([pod("cart", "runAsUser: 1"), pod("cart", "fsGroup: 1")], set()),
        (["services:\n  a:\n    image: cart\n    runAsNonRoot: true\n"], set()),
        ([pod("cart", "runAsUser: {{ .Values.user }}")], set()),
    ],
)
def test_each_manifest_must_say_so(texts: list[str], names: set[str]) -> None:
    files = {f"deploy/{number}.yaml": text for number, text in enumerate(texts)}
    assert images_without_root([*files, "deploy/"], files) == names

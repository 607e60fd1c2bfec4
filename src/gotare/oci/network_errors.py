"""What does an exception of the HTTP library mean, and may it pass?"""

from __future__ import annotations

from gotare.errors import RegistryError
from gotare.oci.refusal import clean
from gotare.oci.retry import Passing

_TIMEOUT_COST = 2
"""A silence has cost time already: it counts as two of the tries that a reset has."""


def network_error(error: Exception, what: str, registry: str) -> RegistryError | Passing:
    """Return what an exception of urllib3 means for the work `what` ("push blob …").

    Passing when another try may help. The texts hold no URL, whose query may be secret.
    """
    import urllib3.exceptions as kinds

    start = f"cannot {what}: "
    if isinstance(error, kinds.SSLError):
        return _tls(str(error), start, registry)
    if isinstance(error, kinds.ProxyError):
        return RegistryError(
            f"{start}the proxy to {registry} does not work", "look at HTTPS_PROXY and NO_PROXY"
        )
    if isinstance(error, kinds.NameResolutionError):
        return RegistryError(
            f"{start}the host of {registry} is not found", "check its name and the network"
        )
    if isinstance(error, kinds.NewConnectionError):
        return RegistryError(
            f"{start}no connection to {registry}: {_system(error)}",
            "is the registry running, and is its port right?",
        )
    if isinstance(error, kinds.TimeoutError):
        late = RegistryError(f"{start}{registry} does not answer", "check the network; try again")
        return Passing(late, cost=_TIMEOUT_COST)
    if isinstance(error, kinds.ProtocolError):
        text = clean(str(error.args[-1]), 120)
        lost = RegistryError(f"{start}{registry} broke the connection: {text}", "try again")
        return Passing(lost)
    return RegistryError(f"{start}{registry}: {clean(str(error), 120)}", "check the registry's URL")


def is_wrong_protocol(error: Exception) -> bool:
    """Whether an exception looks like http spoken to a TLS server, or the other way round."""
    import urllib3.exceptions as kinds

    if isinstance(error, kinds.SSLError):
        return not _is_distrust(str(error))
    return isinstance(error, kinds.ProtocolError | kinds.NewConnectionError)


def _tls(text: str, start: str, registry: str) -> RegistryError | Passing:
    if _is_distrust(text):
        return RegistryError(
            f"{start}the certificate of {registry} is not trusted: {_verify_reason(text)}",
            "add its authority to the file that SSL_CERT_FILE names, or use --insecure",
        )
    if "WRONG_VERSION" in text or "RECORD_LAYER" in text or "HTTP_REQUEST" in text:
        return RegistryError(
            f"{start}{registry} does not speak https", "use --insecure if http is what you want"
        )
    return Passing(RegistryError(f"{start}TLS with {registry} failed: {clean(text, 120)}"))


def _is_distrust(text: str) -> bool:
    return "CERTIFICATE_VERIFY" in text or "doesn't match" in text


def _verify_reason(text: str) -> str:
    return clean(text.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or text)


def _system(error: Exception) -> str:
    return clean(str(error).rpartition(": ")[2], 120)

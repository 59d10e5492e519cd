"""Where identities come from: local accounts, or the host's tokens. The port both implement."""

from typing import Protocol

from joserfc.jwk import OctKey

from tms_chat.identity.host_tokens import HostKeys, decode_host_token
from tms_chat.identity.tokens import OWN_TYPE, Claims, TokenRefused, decode_own_token


class IdentityProvider(Protocol):
    """Recognises its own tokens by their `typ` and turns them into claims, without a remote call.

    `decode` raises TokenRefused for a token that is expired, forged or not of this provider's form.
    """

    kind: str

    def recognises(self, token_type: str | None) -> bool:
        """Whether a token of this type is for this provider to decode."""
        ...

    def decode(self, token: str, cookie: str | None = None) -> Claims:
        """The verified claims; `cookie` names the cookie the token came in, None for a bearer token."""
        ...


class LocalProvider:
    """Our own session tokens, signed with our own key (never with the host's secret).

    With a host, sessions of local accounts are over: `hosted` accepts only those the host's tokens were exchanged for.
    """

    kind = "local"

    def __init__(self, key: OctKey, *, hosted: bool = False) -> None:
        self.key = key
        self.hosted = hosted

    def recognises(self, token_type: str | None) -> bool:
        """Ours have a `typ` of their own."""
        return token_type == OWN_TYPE

    def decode(self, token: str, cookie: str | None = None) -> Claims:
        """See :func:`decode_own_token`."""
        return self._accepted(decode_own_token(token, self.key))

    def decode_for_renewal(self, token: str) -> Claims:
        """The same for a token whose own minutes are over while its session still lives."""
        return self._accepted(decode_own_token(token, self.key, for_renewal=True))

    def _accepted(self, claims: Claims) -> Claims:
        if self.hosted == (claims.origin == "local"):
            wrong = "a local account, but people sign in at the host now" if self.hosted else "the host, which is gone"
            raise TokenRefused("token_invalid", f"a session of {wrong}")
        return claims


class HostProvider:
    """The host's tokens, made with any of the shared secrets (several during a rotation)."""

    kind = "host"

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.keys = [HostKeys(secret) for secret in secrets]

    def recognises(self, token_type: str | None) -> bool:
        """Everything that is not ours: hosts write `JWT` or nothing."""
        return token_type != OWN_TYPE

    def decode(self, token: str, cookie: str | None = None) -> Claims:
        """See :func:`decode_host_token`."""
        return decode_host_token(token, self.keys, cookie)

"""Where identities come from: local accounts, or the host's tokens. The port both implement."""

from typing import Protocol

from joserfc.jwk import OctKey

from tms_chat.identity.tokens import (
    OWN_TYPE,
    Claims,
    TokenRefused,
    decode_host_token,
    decode_own_token,
)


class IdentityProvider(Protocol):
    """Recognises its own tokens by their `typ` and turns them into claims, without a remote call.

    `decode` raises TokenRefused for a token that is expired, forged or not of this provider's form.
    """

    kind: str

    def recognises(self, token_type: str | None) -> bool:
        """Whether a token of this type is for this provider to decode."""
        ...

    def decode(self, token: str) -> Claims:
        """The verified claims."""
        ...


class LocalProvider:
    """Our own session tokens, signed with our own key (never with the host's secret)."""

    kind = "local"

    def __init__(self, key: OctKey) -> None:
        self.key = key

    def recognises(self, token_type: str | None) -> bool:
        """Ours have a `typ` of their own."""
        return token_type == OWN_TYPE

    def decode(self, token: str) -> Claims:
        """See :func:`decode_own_token`."""
        return decode_own_token(token, self.key)


class HostProvider:
    """The host's HS256 tokens, signed with any of the shared secrets (several during a rotation)."""

    kind = "host"

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.keys = [OctKey.import_key(secret) for secret in secrets]

    def recognises(self, token_type: str | None) -> bool:
        """Everything that is not ours: hosts write `JWT` or nothing."""
        return token_type != OWN_TYPE

    def decode(self, token: str) -> Claims:
        """See :func:`decode_host_token`; an expired token is reported as such whichever secret signed it."""
        refusal = TokenRefused("token_invalid", "no host secret is configured") if not self.keys else None
        for key in self.keys:
            try:
                return decode_host_token(token, key)
            except TokenRefused as error:
                if refusal is None or error.code == "token_expired":
                    refusal = error
        assert refusal is not None
        raise refusal

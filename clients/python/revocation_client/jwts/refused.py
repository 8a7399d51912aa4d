"""How the steps of a verification say no."""

from ..judgement.claims import InvalidReason


class RefusedError(Exception):
    """The token is INVALID for *reason*. It never leaves the verifier, which answers with the reason."""

    def __init__(self, reason: InvalidReason) -> None:
        super().__init__(reason.name)
        self.reason = reason

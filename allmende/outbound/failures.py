# SPDX-License-Identifier: EUPL-1.2
"""Why there is no answer from outside; each says it in a phrase that follows the address."""

from allmende.errors import AllmendeError


class NoAnswer(AllmendeError):
    """There is no answer to work with."""


class NotAllowed(NoAnswer):
    """The platform does not ask this address; the words say what an operator can change."""


class Unreachable(NoAnswer):
    """Nobody answers there, or not in time, or with a refusal."""


class Unreceivable(NoAnswer):
    """What is answered is too large, or is packed in a way that nobody asked for."""


class TooMuch(Unreceivable):
    """It has more bytes than it may have."""

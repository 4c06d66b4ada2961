# SPDX-License-Identifier: EUPL-1.2
"""An issuer of tokens, and a platform that believes it."""

import pytest

from tests.auth.issuing import MiniIssuer, trust_in


@pytest.fixture(scope="session")
def shared_issuer():
    issuer = MiniIssuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def issuer(shared_issuer):
    """The issuer as it is at first."""
    shared_issuer.reset()
    return shared_issuer


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.time = 1_000_000.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def believe():
    """Believe issuers of a configuration; a keyword of `Trust.of` may set the clocks."""
    opened = []

    def make(said, **clocks):
        opened.append(trust_in(said, **clocks))
        return opened[-1]

    yield make
    for trust in opened:
        await trust.close()


@pytest.fixture
def trust(believe, issuer, clock):
    """A platform that believes the issuer, on a clock of the test for its keys."""
    return believe([{"issuer": issuer.url}], clock=clock)

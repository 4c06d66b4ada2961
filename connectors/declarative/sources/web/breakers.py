# SPDX-License-Identifier: EUPL-1.2
"""A breaker for each host: one that fails again and again is left alone for a while, then tried once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from allmende.errors import Retry

FAILURES = 5
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 600.0
LONGEST_HOLD_S = 3600.0
TRIAL_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What is known of a host; times are seconds of one clock."""

    failures: int = 0
    paused_until: float = 0.0
    """Nothing is asked before that."""
    reason: str = ""

    def fail(self, now: float, reason: str, after_s: float | None) -> "Circuit":
        """Count a failure; from the fifth on there is a pause that doubles, and as long as the host has asked for."""
        failures = self.failures + 1
        pause_s = 0.0
        if failures >= FAILURES:
            pause_s = min(FIRST_PAUSE_S * 2.0 ** min(failures - FAILURES, 16), LONGEST_PAUSE_S)
        pause_s = max(pause_s, min(after_s or 0.0, LONGEST_HOLD_S))
        return Circuit(failures=failures, paused_until=now + pause_s, reason=reason)


class Breakers:
    """The circuits of one connector, by host; all its addresses share them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._circuits: dict[str, Circuit] = {}

    def enter(self, host: str) -> None:
        """Let a request pass, or raise Retry; after a pause one passes, and others when it has succeeded."""
        circuit = self._circuits.get(host)
        now = self._clock()
        if circuit is None or circuit.failures == 0:
            return
        left_s = circuit.paused_until - now
        if left_s > 0:
            times = "failed" if circuit.failures == 1 else f"failed {circuit.failures} times, at last"
            raise Retry(f"{host} is left alone for {left_s:.0f} s: it {times}: {circuit.reason}", after_s=left_s)
        if circuit.failures >= FAILURES:
            # Who never reports how the trial ended (it was cancelled) is not waited for.
            self._circuits[host] = replace(circuit, paused_until=now + TRIAL_S)

    def succeed(self, host: str) -> None:
        """The host has answered."""
        self._circuits.pop(host, None)

    def fail(self, host: str, reason: str, after_s: float | None = None) -> None:
        """The host has failed, or asks for a pause."""
        self._circuits[host] = self._circuits.get(host, Circuit()).fail(self._clock(), reason, after_s)

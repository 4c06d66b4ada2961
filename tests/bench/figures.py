# SPDX-License-Identifier: EUPL-1.2
"""Figures of a benchmark: three runs, median and spread, and the ratio to a bound of the same run."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

RUNS = 3


@dataclass(frozen=True)
class Figure:
    """Measured values of one benchmark, in the order of the runs."""

    name: str
    values: Sequence[float]
    unit: str
    bound: Sequence[float] = ()
    reach: str = ""
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def line(self) -> str:
        """`name  median unit [least .. most]  bound  ratio  (reach)`."""
        text = (
            f"{self.name:58s} {self.median:12,.1f} {self.unit:10s} [{min(self.values):,.1f} .. {max(self.values):,.1f}]"
        )
        if self.bound:
            bound = statistics.median(self.bound)
            text += f"  bound {bound:,.1f} [{min(self.bound):,.1f} .. {max(self.bound):,.1f}]  ratio {self.median / bound:.2f}"
        return text + (f"  reach {self.reach}" if self.reach else "") + (f"  {self.note}" if self.note else "")

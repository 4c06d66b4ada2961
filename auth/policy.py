# SPDX-License-Identifier: EUPL-1.2
"""What a caller may see and do, as values that reads carry into their queries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visible:
    """What of a tenant's entities a read may use, in its filters and counts as much as in its answer."""

    whole: bool

    @classmethod
    def everything(cls) -> "Visible":
        """The whole tenant."""
        return _EVERYTHING

    def sees_attribute(self, attribute: str) -> bool:  # noqa: ARG002 - rights by attribute come with datasets and grants
        """Whether an attribute, by its IRI, exists for the caller."""
        return self.whole


_EVERYTHING = Visible(whole=True)

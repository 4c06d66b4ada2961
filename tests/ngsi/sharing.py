# SPDX-License-Identifier: EUPL-1.2
"""Rights for property tests, in the small world of `tests.ngsi.filtering`."""

from hypothesis import strategies as st

from auth.policy import EXACT, Rounding, Share, Visible
from broker.ngsi.contexts import CORE
from tests.ngsi import filtering

IRIS = [CORE.expand(name) for name in filtering.NAMES]
SCOPES = ("/A", "/A/#", "/A/+", "/D/B", "/ä")


def subsets(values: list[str] | tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    """Some of the values, one at least."""
    return st.frozensets(st.sampled_from(values), min_size=1)


roundings = st.sampled_from(
    [EXACT] * 3 + [Rounding(place_m=1_000), Rounding(time_s=60), Rounding(place_m=50, time_s=1)]
)
shares = st.builds(
    Share,
    types=st.none() | subsets([CORE.expand("T"), CORE.expand("U")]),
    scopes=st.none() | st.none() | subsets(SCOPES),
    ids=st.none() | st.none() | subsets(filtering.IDS),
    pick=st.none() | subsets(IRIS),
    omit=st.just(frozenset()) | subsets(IRIS),
    rounding=roundings,
)
visibles = st.lists(shares, max_size=4).map(Visible.of)

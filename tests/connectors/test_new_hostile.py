# SPDX-License-Identifier: EUPL-1.2
"""Whatever a source holds: the file that is made validates, its test holds, and no text of the source leaves its place."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from allmende.errors import SettingsError, Stop
from connectors.catalogue.models import require_model
from connectors.declarative.connector import check_expressions
from connectors.declarative.engines import open_engine
from connectors.declarative.loading import load_connector
from connectors.proposing.leftovers import propose_for
from connectors.proposing.sampling import take_sample
from connectors.proposing.scaffolding import Made, make_folder
from connectors.testing import run_tests

NAMES = st.one_of(
    st.sampled_from(["id", "name", "lat", "lon", "free", "total", "stand", "status", "straße", "plz", "value", "type"]),
    st.text(st.sampled_from("aZ0 _-.:#'\"`\\$%&{}[]\n\täß☃\u2028"), min_size=1, max_size=6),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " ", "open", "FREI", "it's", "12,5", "24.10.2026 23:00", "2026-06-01T12:00:00Z", "01067"]),
    st.sampled_from(["POINT (8.5 52.0)", "52.1, 8.5", "${SECRET}", "x: y # z", "- a", "1723876205", "\u0000"]),
    st.text(max_size=5),
)
ROWS = st.lists(
    st.dictionaries(NAMES, st.recursive(VALUES, lambda v: st.lists(v, max_size=2) | st.dictionaries(NAMES, v, max_size=2), max_leaves=4), max_size=6),
    min_size=1, max_size=4,
)  # fmt: skip


def make(content: bytes, folder: Path, name: str = "source.json") -> Made:
    sample = take_sample(name, content)
    proposal = propose_for(sample, require_model("OffStreetParking"))
    return make_folder(sample, proposal, name="made", out=folder, force=False)


LONG = "straße\u2028" * 12


@example([{LONG: {"x y": 1, "geom": "POINT (8.5 52.0)"}}])
@example([{"it's\\": "it's", "#: ": 1, LONG: "2026-06-01T12:00:00Z", "free " + LONG: 3}])
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
@given(ROWS)
def test_any_records_give_a_file_that_validates_and_whose_test_holds(rows: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        place = Path(folder) / "made"
        try:
            make(json.dumps(rows).encode(), place)
        except Stop:
            # Records without any value, or text that no JSON reader takes.
            return
        loaded = load_connector(place / "connector.yaml", environment={})
        assert check_expressions(loaded, open_engine()) == []
        assert [str(failure) for failure in run_tests(place / "connector.yaml").failures] == []


def test_what_stands_in_a_value_stays_a_comment(tmp_path: Path) -> None:
    rows = [{"id": n, "zzz": "x\n  injected: true\u2028entities: []", "yy\n  more: 1": n} for n in range(3)]

    make(json.dumps(rows).encode(), tmp_path / "made")

    loaded = load_connector(tmp_path / "made/connector.yaml", environment={})
    assert loaded.connector.entities is None
    text = (tmp_path / "made/connector.yaml").read_text(encoding="utf-8")
    assert not any(line.lstrip().startswith(("injected", "entities", "more")) for line in text.splitlines())


def test_a_source_whose_name_is_a_variable_reads_none(tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "${HOME}"}]

    make(json.dumps(rows).encode(), tmp_path / "made", "${HOME}.json")

    with pytest.raises(SettingsError, match="HOME"):
        load_connector(tmp_path / "made/connector.yaml", environment={})

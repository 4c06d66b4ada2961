# SPDX-License-Identifier: EUPL-1.2
"""Lines for programs; tests of pages in a browser run them."""

import shlex

from api.snippets import Target, to_snippets

NASTY = "urn:a:'\"$(touch x)`b`\\ä?#&"


def texts(target):
    return {(language, one.purpose): one.text for language, parts in to_snippets(target).items() for one in parts}


def test_no_id_and_no_attribute_ends_a_quotation():
    found = texts(Target("http://localhost:8080", NASTY, attribute="https://example.org/it's#\"x", is_number=True))

    for purpose in ("entity", "history", "series"):
        command, url = shlex.split(found["curl", purpose])
        assert command == "curl"
        assert url.startswith("http://localhost:8080/")
        assert not set(url) & set("'\"$`\\ ä")
        compile(found["python", purpose], "snippet", "exec")


def test_the_tenant_is_part_of_each_line():
    found = texts(Target("https://x.example", "urn:a:1", headers={"NGSILD-Tenant": "nord"}))

    assert shlex.split(found["curl", "entity"])[1:3] == ["-H", "NGSILD-Tenant: nord"]
    assert 'headers={"NGSILD-Tenant": "nord"}' in found["python", "entity"]
    assert '{headers: {"NGSILD-Tenant": "nord"}}' in found["javascript", "entity"]


def test_only_numbers_have_a_series_and_only_attributes_a_history():
    assert {purpose for _, purpose in texts(Target("", "urn:a:1"))} == {"entity"}
    assert {purpose for _, purpose in texts(Target("", "urn:a:1", attribute="name"))} == {"entity", "history"}


def test_a_dataset_is_named():
    found = texts(Target("", "urn:a:1", attribute="no2", dataset="urn:d:1", is_number=True))

    assert "dataset=urn:d:1" in found["curl", "series"]

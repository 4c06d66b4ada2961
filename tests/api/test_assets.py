# SPDX-License-Identifier: EUPL-1.2
"""Assets: the files that there are, and nothing else, whatever a name looks like."""

import pytest

from api.assets import Assets


@pytest.fixture
def assets(tmp_path):
    folder = tmp_path / "static"
    (folder / "vendor").mkdir(parents=True)
    (folder / "page.css").write_text("a {}")
    (folder / "vendor" / "script.js").write_text("1")
    (folder / "vendor" / "LICENSE").write_text("free")
    (tmp_path / "secret.svg").write_text("<svg/>")
    return Assets.of(folder)


async def status_of(assets, name):
    """The status of a request as it comes from the wire: no client has tidied the path up."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": f"/assets/1/{name}", "headers": []}
    await assets(scope, None, send)
    return sent[0]["status"]


@pytest.mark.parametrize("name", ["page.css", "vendor/script.js"])
async def test_a_file_is_served(assets, name):
    assert await status_of(assets, name) == 200


@pytest.mark.parametrize(
    "name",
    [
        "../secret.svg",
        "vendor/../../secret.svg",
        "./page.css",
        ".//page.css",
        "vendor/LICENSE",
        "vendor",
        "",
        "x" * 300 + ".css",
    ],
)
async def test_nothing_else_is_served(assets, name):
    assert await status_of(assets, name) == 404


async def test_a_path_of_the_machine_is_no_name(assets):
    outside = assets.folder.parent / "secret.svg"

    assert await status_of(assets, outside) == 404
    assert await status_of(assets, f"/{outside}") == 404


async def test_a_name_that_is_none_takes_no_memory(assets):
    await status_of(assets, "././page.css")

    assert assets._known == {}

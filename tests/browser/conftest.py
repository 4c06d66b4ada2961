# SPDX-License-Identifier: EUPL-1.2
"""Pages in a real browser, of platforms that run as for their users."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.surfing import Surfer, browser_missing, open_browser
from tests.conftest import require_part
from tests.launch.running import up
from tests.system.waiting import until


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium, which knows no other machine."""
    require_part("browser", browser_missing())
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo city, once its places are there."""
    with up(tmp_path_factory.mktemp("city"), "--demo") as running:
        url = running.ready()[0]
        until(
            lambda: "data-at=" in httpx.get(f"{url}/search?q=markt", trust_env=False).text,
            "the city is there",
            every_s=0.2,
        )
        yield url


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address and the data folder of a platform that is empty at first."""
    data = tmp_path_factory.mktemp("platform")
    with up(data) as running:
        yield running.ready()[0], data


@pytest.fixture
def surfer(browser) -> Iterator[Surfer]:
    """A person with a browser; at the end nothing has asked another host, and no script has failed."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        surfer = Surfer(context)
        yield surfer
        surfer.require_peace()

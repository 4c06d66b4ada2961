# SPDX-License-Identifier: EUPL-1.2
"""Pictures of the pages of the demo city: `python -m tests.browser.screenshots [FOLDER]`.

With a folder, each page, and the charts of an entity, in both languages, on a phone and a desktop, light and dark;
without one, the two that README shows, into docs/images.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx

from tests.browser.maps import until
from tests.browser.pictures import pack
from tests.browser.surfing import Surfer, browser_missing, open_browser
from tests.docs.paths import ROOT
from tests.launch.running import up

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 300 * 1024
"""Of a picture that README shows."""
PATIENCE_S = 60
WINDOWS = {"phone": (390, 844), "desktop": (1280, 900)}
PAST = timedelta(days=6, hours=12)
"""So far back reaches the history of an entity whose chart shows a week."""
KIND = "WaterObserved"

DRAWN = """() => {
  const isSeen = (element) => {
    const { top, bottom, height } = element.getBoundingClientRect();
    return height > 0 && bottom > 0 && top < innerHeight;
  };
  const isDone = (element) => element.matches(".is-away")
    || (element.matches(".is-drawn") && (element.matches(".map") || "points" in element.dataset));
  return document.readyState === "complete"
    && [...document.querySelectorAll(".map, figure.chart")].filter(isSeen).every(isDone);
}"""
"""Whether maps and charts in sight are drawn; each says so itself by its class."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    page: str
    language: str
    window: str
    scheme: str

    @property
    def name(self) -> str:
        """The picture's file."""
        return f"{self.page}-{self.language}-{self.window}-{self.scheme}.png"


SHOWN = {"start.png": Shot("start", "en", "desktop", "light"), "entity.png": Shot("charts", "en", "desktop", "light")}
"""What README shows, by its file."""


def main(arguments: list[str]) -> int:
    """Start the demo city and take the pictures; exit status 1 where one is too large or cannot be taken."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where to write all pictures")
    folder: Path | None = parser.parse_args(arguments).folder
    missing = browser_missing()
    if missing is not None:
        sys.stderr.write(f"No browser: {missing}\n")
        return 1
    wanted = dict(SHOWN) if folder is None else {shot.name: shot for shot in shots()}
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        with up(data, "--demo", log=Path(place) / "log") as running, open_browser() as browser:
            sizes = dict(take(browser, running.ready()[0], wanted, folder or IMAGES))
    for name, size in sizes.items():
        sys.stdout.write(f"{name} {size // 1024} KiB\n")
    return int(folder is None and max(sizes.values()) > MOST_BYTES)


def shots() -> Iterator[Shot]:
    """All pictures."""
    for page, language, window, scheme in product(
        ("start", "type", "entity", "charts", "connectors"), ("de", "en"), WINDOWS, ("light", "dark")
    ):
        yield Shot(page, language, window, scheme)


def take(browser: Any, url: str, wanted: dict[str, Shot], folder: Path) -> Iterator[tuple[str, int]]:
    """Take pictures of a city that runs; gives each one's file and size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = paths_of(url)
    for name, shot in wanted.items():
        picture = pack(photograph(browser, f"{url}{paths[shot.page]}?lang={shot.language}", shot))
        (folder / name).write_bytes(picture)
        yield name, len(picture)


def photograph(browser: Any, url: str, shot: Shot) -> bytes:
    """What a person sees who opens the page, once all is drawn."""
    width, height = WINDOWS[shot.window]
    with browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=shot.scheme, reduced_motion="reduce"
    ) as context:
        surfer = Surfer(context)
        page = surfer.open(url, wait_until="load")
        if page.locator("body.page-problem").count():
            raise RuntimeError(f"{url} is not there")
        if shot.page == "charts":
            page.evaluate("document.getElementById('charts').scrollIntoView()")
        until(page, lambda: page.evaluate(DRAWN), seconds=PATIENCE_S)
        page.evaluate("document.fonts.ready")
        picture: bytes = page.screenshot(animations="disabled")
        surfer.require_peace()
    return picture


def paths_of(url: str) -> dict[str, str]:
    """The path of each page; the entity is one whose last week is there."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        entity = wait_for_past(client)
    return {
        "start": "/",
        "type": f"/types/{KIND}",
        "entity": f"/entities/{entity}",
        "charts": f"/entities/{entity}",
        "connectors": "/connectors",
    }


def wait_for_past(client: httpx.Client) -> str:
    """Follow the city until an entity of the kind has a week of history; its id."""
    with client.stream("GET", "/events", params={"type": KIND}, timeout=PATIENCE_S) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                entity = str(json.loads(line.removeprefix("data:"))["id"])
                if has_past(client, entity):
                    return entity
    raise RuntimeError(f"No {KIND} of the demo city has a week of history")


def has_past(client: httpx.Client, entity: str) -> bool:
    """Whether an entity has history of a week ago."""
    end = datetime.now(UTC) - PAST
    window = {"timerel": "before", "timeAt": f"{end:%Y-%m-%dT%H:%M:%SZ}", "lastN": "1"}
    answer = client.get(f"/ngsi-ld/v1/temporal/entities/{entity}", params=window)
    return answer.status_code == 200 and '"observedAt"' in answer.text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

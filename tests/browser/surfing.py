# SPDX-License-Identifier: EUPL-1.2
"""A browser, and what is looked for on every page."""

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

AXE = Path(__file__).parent / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip

TAKEN_BACK = ("htmx:afterRequest, ", "htmx:sendAbort, ")
"""What htmx says when a question is taken back for a newer one; of each failure it says something else as well."""


def browser_missing() -> str | None:
    """What is missing to run a browser."""
    if importlib.util.find_spec("playwright") is None:
        return "install tests/browser/requirements.txt"
    return None if shutil.which("chromium") else "install chromium"


@contextmanager
def open_browser() -> Iterator[Any]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@cache
def axe() -> str:
    """The source of axe-core."""
    return AXE.read_text(encoding="utf-8")


class Surfer:
    """A person who opens pages; remembers what each asked for and what its scripts complained of."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(TAKEN_BACK):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def open(self, url: str, **options: Any) -> Any:
        """Open a page; give it. A page that says that nothing is there is one, too."""
        answer = self.page.goto(url, **options)
        if answer is not None and answer.status == 404:
            self.complaints = [words for words in self.complaints if not words.endswith(f"({url})")]
        return self.page

    def violations(self) -> list[str]:
        """What axe finds, as `rule: element`."""
        # By the debugger's channel: a script that is written into the page is what its policy forbids.
        self.page.evaluate(axe())
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
        return [
            f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def require_peace(self) -> None:
        """Fail where another host was asked or a script complained."""
        hosts = {urlsplit(url).hostname for url in self.asked if not url.startswith(("data:", "blob:"))}
        assert hosts <= {"127.0.0.1"}, hosts
        assert not self.complaints, self.complaints

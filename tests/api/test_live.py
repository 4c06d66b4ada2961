# SPDX-License-Identifier: EUPL-1.2
"""live.js: one stream while the page is seen, and what it tells the page; a browser is tried in the tests of pages."""

from pathlib import Path

import orjson
import pytest
import quickjs

SOURCE = (Path(__file__).parents[2] / "api" / "static" / "live.js").read_text()
# The engine of these tests knows no modules: what is imported stands among what the browser gives.
SOURCE = SOURCE.replace('import { isPaused } from "./pause.js";', "")
BROWSER = """
var told = [], sources = [], timers = [], page = {}, shown = {}, paused = false;
function isPaused() { return paused; }
function pause(choice) { paused = choice; shown["allmende:paused"](); }
class CustomEvent { constructor(type, init) { this.type = type; this.detail = init.detail; } }
class EventSource {
  static CLOSED = 2;
  constructor(url) { this.url = url; this.readyState = 0; this.heard = {}; sources.push(this); }
  addEventListener(name, call) { this.heard[name] = call; }
  close() { this.readyState = 2; }
}
var document = {
  body: {dataset: {events: "/events?type=Room"}},
  visibilityState: "visible",
  dispatchEvent(event) { told.push([event.type, event.detail]); },
  addEventListener(name, call) { shown[name] = call; },
};
function addEventListener(name, call) { page[name] = call; }
function setTimeout(call, ms) { timers.push(call); return timers.length; }
function clearTimeout(number) { if (number) timers[number - 1] = null; }
function show(state) { document.visibilityState = state; shown.visibilitychange(); }
function open_sources() { return sources.filter((source) => source.readyState !== 2).length; }
function last() { return sources[sources.length - 1]; }
"""


@pytest.fixture
def page():
    """A page that was opened."""
    return open_page("")


def open_page(before):
    """Open a page; evaluates functions' bodies of what happens to it, and gives what they return."""
    context = quickjs.Context()
    context.eval(BROWSER + before)

    def evaluate(script):
        return orjson.loads(context.eval(f"JSON.stringify((() => {{ {script} }})() ?? null)"))

    context.eval(f"(() => {{ {SOURCE} }})()")
    return evaluate


def test_what_the_stream_tells_becomes_events_of_the_document(page):
    told = page("""
      last().heard.open();
      last().heard.entity({data: '{"id":"urn:a:1","type":"Room","modifiedAt":"2026-06-01T12:00:00Z"}'});
      last().heard.reset({data: "{}"});
      return told;
    """)

    changed = {"id": "urn:a:1", "type": "Room", "modifiedAt": "2026-06-01T12:00:00Z"}
    assert told == [["allmende:changed", changed], ["allmende:reset", None]]
    assert page("return sources.map((source) => source.url)") == ["/events?type=Room"]


def test_a_page_that_is_left_or_hidden_holds_no_stream_and_reads_again_when_it_is_back(page):
    for leave, come in (("page.pagehide()", "page.pageshow()"), ("show('hidden')", "show('visible')")):
        page("last().heard.open()")
        before = page("return told.length")

        gone = page(f"{leave}; return open_sources()")
        back = page(f"{come}; page.pageshow(); last().heard.open(); return open_sources()")

        assert (gone, back) == (0, 1)
        assert page(f"return told.slice({before})") == [["allmende:reset", None]]


def test_a_page_that_is_opened_unseen_opens_its_stream_when_it_is_seen():
    page = open_page("document.visibilityState = 'hidden'")
    unseen = page("page.pageshow(); return sources.length")

    page("show('visible'); last().heard.open()")

    assert unseen == 0
    assert page("return told") == [["allmende:reset", None]]


def test_a_stream_that_breaks_is_left_to_the_browser_and_one_that_is_refused_is_opened_again(page):
    page("last().heard.open(); last().heard.error()")
    broken = page("return [open_sources(), timers.length]")

    page("last().readyState = 2; last().heard.error()")
    refused = page("return [open_sources(), timers.length]")
    page("timers[0](); last().heard.open()")

    assert broken == [1, 0]
    assert refused == [0, 1]
    assert page("return [open_sources(), told]") == [1, [["allmende:reset", None]]]


def test_a_page_that_names_no_stream_opens_none():
    page = open_page("delete document.body.dataset.events")

    assert page("page.pageshow(); return sources.length") == 0


def test_a_page_that_is_paused_holds_no_stream_and_reads_again_when_it_goes_on(page):
    page("last().heard.open()")

    paused = page("pause(true); page.pageshow(); return open_sources()")
    going_on = page("pause(false); last().heard.open(); return open_sources()")

    assert (paused, going_on) == (0, 1)
    assert page("return told") == [["allmende:reset", None]]

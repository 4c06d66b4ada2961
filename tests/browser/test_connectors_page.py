# SPDX-License-Identifier: EUPL-1.2
"""The page of connectors in a browser: it renews itself, and leaves the reader where they were."""

import json

import pytest
from paho.mqtt import publish
from paho.mqtt.enums import MQTTProtocolVersion

pytestmark = pytest.mark.browser
PATIENCE_MS = 20_000


@pytest.fixture
def say(platform):
    """Let a connector say how it is."""
    url, data = platform
    port = int(json.loads((data / "platform.json").read_text())["mqtt"].rpartition(":")[2])
    key = (data / "admin.key").read_text().strip()

    def say(name, kind, content):
        publish.single(
            f"allmende/v1/default/{name}/up/{kind}",
            json.dumps(content),
            qos=1,
            hostname="127.0.0.1",
            port=port,
            auth={"username": name, "password": key},
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        return url

    return say


def test_a_change_appears_without_a_reload_and_focus_stays(surfer, say):
    url = say("parking", "state", {"state": "waiting", "last_error": None})
    page = surfer.open(f"{url}/connectors?lang=en")
    page.locator("#to-parking").focus()

    say("parking", "state", {"state": "failing", "last_error": {"at": None, "text": "The source refuses"}})

    page.get_by_text("The source refuses").wait_for(timeout=PATIENCE_MS)
    assert page.locator(".connector .badge").inner_text() == "! cannot read"
    assert page.evaluate("document.activeElement.id") == "to-parking"
    assert surfer.violations() == []


def test_nothing_changes_while_the_reader_has_something_selected(surfer, say):
    url = say("gates", "state", {"state": "failing", "last_error": {"at": None, "text": "The first reason"}})
    surfer.page.clock.install()
    page = surfer.open(f"{url}/connectors?lang=en")
    page.get_by_text("The first reason").select_text()
    say("gates", "state", {"state": "failing", "last_error": {"at": None, "text": "The second reason"}})
    asked = len(surfer.asked)

    page.clock.run_for(10_500)
    meanwhile = len(surfer.asked), page.evaluate("getSelection().toString()")
    page.evaluate("getSelection().removeAllRanges()")
    with page.expect_response("**/connectors*"):
        page.clock.run_for(10_500)

    assert meanwhile == (asked, "The first reason")
    page.get_by_text("The second reason").wait_for(timeout=PATIENCE_MS)


def test_a_dead_letter_appears_on_the_page_of_its_connector(surfer, say):
    url = say("lamps", "state", {"state": "waiting"})
    page = surfer.open(f"{url}/connectors/lamps?lang=de")
    assert page.get_by_text("Alles konnte gespeichert werden.").is_visible()

    say("lamps", "deadletters", [{"reason": "The lamp says nothing", "attribute": "power"}])

    page.get_by_text("The lamp says nothing").wait_for(timeout=PATIENCE_MS)
    assert surfer.violations() == []


def test_without_scripts_the_page_says_the_same(browser, say):
    url = say("bells", "state", {"state": "stopped", "title": "Glocken"})
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()

        page.goto(f"{url}/connectors?lang=de")

        assert page.get_by_role("heading", name="Glocken").is_visible()

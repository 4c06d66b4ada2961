# SPDX-License-Identifier: EUPL-1.2
"""Pages of operations by keyboard: every control is reached, in the order of the page, and can be seen to have the focus."""

import pytest

pytestmark = pytest.mark.browser

CONTROLS = """() => {
  const controls = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")];
  controls.forEach((control, index) => { control.dataset.order = index; });
  return controls.filter((control) => control.checkVisibility()).map((control) => Number(control.dataset.order));
}"""
FOCUSED = """() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return [Number(element.dataset.order), outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}"""


@pytest.mark.parametrize("path", ["/connectors", "/connectors/musterstadt", "/status", "/help"])
def test_each_control_is_reached_in_its_order_and_shows_it(surfer, city, path):
    # A part that renews itself is exchanged, and its controls would lose their numbers: time stands still.
    surfer.page.clock.install(time=0)
    surfer.page.clock.pause_at(1000)
    page = surfer.open(f"{city}{path}?lang=de")
    controls = page.evaluate(CONTROLS)

    reached = []
    for _ in controls:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))

    assert [order for order, _ in reached] == controls
    assert all(shown for _, shown in reached)

// SPDX-License-Identifier: EUPL-1.2
// Renews what has changed of an open page: parts with `data-live`, by their id, without touching anything else.
import { every, exchange, fetchPart } from "./parts.js";
import { isSelected } from "./reading.js";

const told = new Map();
for (const element of document.querySelectorAll("[data-live]")) told.set(element.id, element.innerHTML);

every(30_000, async () => {
  const fresh = await fetchPart("part=values");
  if (!fresh) return;
  for (const whole of fresh.querySelectorAll("[data-live-all]")) renewWhole(whole);
  for (const part of fresh.querySelectorAll("[data-live]")) renew(part);
});

/** A section whose parts are others now is exchanged, what is unfolded stays so. */
function renewWhole(fresh) {
  const shown = document.getElementById(fresh.id);
  if (!shown || ids(shown) === ids(fresh) || isSelected(shown)) return;
  const open = [...shown.querySelectorAll("details[open][id]")].map((details) => details.id);
  shown.replaceWith(document.importNode(fresh, true));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const part of fresh.querySelectorAll("[data-live]")) told.set(part.id, part.innerHTML);
}

function ids(section) {
  return [...section.querySelectorAll("[data-live]")].map((part) => part.id).join(" ");
}

function renew(fresh) {
  const shown = document.getElementById(fresh.id);
  if (!shown || told.get(fresh.id) === fresh.innerHTML || isSelected(shown)) return;
  const before = document.createElement(fresh.tagName === "TR" ? "tbody" : "div");
  before.innerHTML = fresh.tagName === "TR" ? `<tr>${told.get(fresh.id) ?? ""}</tr>` : told.get(fresh.id) ?? "";
  told.set(fresh.id, fresh.innerHTML);
  if (fresh.tagName !== "TR") return exchange(shown, fresh);
  [...fresh.cells].forEach((cell, index) => {
    if (before.firstChild.cells[index]?.innerHTML === cell.innerHTML) return;
    exchange(shown.cells[index], cell);
    if (cell.classList.contains("value")) mark(shown.cells[index]);
  });
}

function mark(cell) {
  cell.classList.remove("changed");
  requestAnimationFrame(() => cell.classList.add("changed"));
}

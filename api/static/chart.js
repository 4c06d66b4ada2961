// SPDX-License-Identifier: EUPL-1.2
// Charts of numbers over time: drawn when they come into sight, renewed when readings arrive.
import { Figure } from "./chart/figure.js";
import { every, exchange, fetchPart } from "./parts.js";
import { isSelected } from "./reading.js";

const section = document.getElementById("charts");
const figures = new Map();
const MOST_CHARTS = 12; // The server answers no more of them at once.
let range = section.dataset.range;

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    const figure = new Figure(target);
    figures.set(figure.key, figure);
    figure.draw(range);
  }
}, { rootMargin: "100%" });

for (const element of section.querySelectorAll("figure.chart")) seen.observe(element);

section.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-range]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  reach(link);
});

// `toggle` does not bubble, it is caught on its way down.
section.addEventListener("toggle", (event) => {
  if (event.target.matches("details.later") && event.target.open) unfold(event.target);
}, true);

every(300_000, async () => {
  await Promise.all([...figures.values()].map((figure) => figure.renew()));
  await renewWords();
});

function reach(link) {
  range = link.dataset.range;
  for (const one of section.querySelectorAll("a[data-range]")) one.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const address = new URL(location.href);
  address.searchParams.set("range", range);
  history.replaceState(null, "", address);
  for (const figure of figures.values()) figure.reach(range);
  renewWords(true);
}

/** The server tells a chart that was folded up: its words, its table, and the frame of its picture. */
async function unfold(details) {
  const waiting = details.querySelector(".wait");
  const fresh = waiting && (await fetchPart(`part=charts&range=${range}&chart=${details.dataset.key}`));
  const figure = fresh?.querySelector("figure.chart");
  if (!figure || !waiting.isConnected) return;
  waiting.replaceWith(document.importNode(figure, true));
  seen.observe(details.querySelector("figure.chart"));
}

/** Summaries and tables as the server tells them; those that were never drawn follow where `all` of them must. */
async function renewWords(all = false) {
  const keys = all ? [...section.querySelectorAll("figure.chart")].map((one) => one.dataset.key) : [...figures.keys()];
  const asked = range;
  for (let first = 0; first < keys.length; first += MOST_CHARTS) {
    const some = keys.slice(first, first + MOST_CHARTS);
    const fresh = await fetchPart(`part=charts&range=${asked}&${some.map((key) => `chart=${key}`).join("&")}`);
    if (!fresh || asked !== range) return;
    for (const id of some.flatMap((key) => [`summary-${key}`, `points-${key}`])) tell(document.getElementById(id), fresh.getElementById(id));
  }
}

/** New words, but where somebody is reading them. */
function tell(shown, fresh) {
  if (shown && fresh && !shown.contains(document.activeElement) && !isSelected(shown)) exchange(shown, fresh);
}

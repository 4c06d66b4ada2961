// SPDX-License-Identifier: EUPL-1.2
// What a marker tells when it is chosen: name, type, newest readings, and the way to its page.

import { Popup } from "../vendor/maplibre/maplibre-gl.mjs";

/** Popups of a map; each is asked for when it is opened. */
export function makePopups(state) {
  const { map, words, table } = state;
  let shown = null;
  let turns = 0;

  async function open(seq, at) {
    const turn = (turns += 1);
    shown?.remove();
    if (typeof seq === "string") return table.choose(seq);
    const back = document.activeElement;
    const answer = await fetch(`/markers/${seq}?lang=${document.documentElement.lang}`, { headers: { accept: "application/json" } });
    if (!answer.ok || turn !== turns) return;
    const told = await answer.json();
    if (turn !== turns) return; // Another one was chosen meanwhile, or the same once more.
    table.choose(told.id);
    table.mark(at);
    shown = new Popup({ maxWidth: "19rem", offset: 14, locale: words.locale })
      .setLngLat(at)
      .setDOMContent(contentOf(told, words))
      .addTo(map);
    shown.on("close", () => {
      table.choose(null);
      if (document.activeElement === document.body) back?.focus({ preventScroll: true });
    });
    shown.getElement().addEventListener("keydown", (event) => event.key === "Escape" && shown.remove());
  }

  return { open };
}

function contentOf({ id, label, type, readings, observedAt }, words) {
  const box = Object.assign(document.createElement("div"), { className: "told" });
  const name = make("a", "", label);
  name.href = `/entities/${encodeURIComponent(id).replaceAll("%3A", ":")}`;
  const head = make("strong", "");
  head.append(name);
  const list = make("dl", "values");
  for (const reading of readings) {
    const row = document.createElement("div");
    row.append(make("dt", "", reading.name), make("dd", "", reading.value));
    list.append(row);
  }
  box.append(head, make("span", "kind", type), ...(readings.length > 0 ? [list] : []));
  box.append(make("p", "quiet", observedAt ? age(new Date(observedAt)) : words.silent));
  return box;
}

/** How long ago something was, in the language of the page. */
function age(time) {
  const seconds = Math.round((time - Date.now()) / 1000);
  const [unit, length] = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]].find(([, long]) => Math.abs(seconds) >= 2 * long) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short", numeric: "auto" });
  return words.format(Math.trunc(seconds / length), unit);
}

function make(tag, name, text = "") {
  const element = Object.assign(document.createElement(tag), { className: name, textContent: text });
  if (tag !== "dl") element.dir = "auto";
  return element;
}

// SPDX-License-Identifier: EUPL-1.2
// One map: its ground, its markers, what can be chosen on it, and its table, which stays in step.

import {
  AttributionControl, Map, NavigationControl, ScaleControl, prewarm, setWorkerUrl,
} from "../vendor/maplibre/maplibre-gl.mjs";
import { onScheme, readColours } from "./colours.js";
import { EMPTY } from "./geometry.js";
import { readMarkers, wordsOf } from "./given.js";
import { followRows, renewMarkers } from "./live.js";
import { toFeatures } from "./markers.js";
import { boxOf, outlineOf, widen } from "./outline.js";
import { namesOf } from "./names.js";
import { drawPictures } from "./pictures.js";
import { makePopups } from "./popup.js";
import { tableOf } from "./rows.js";
import { pointsOf, seenWithoutMarker } from "./shapes.js";
import { makeStyle, recolour } from "./style.js";
import { boxInSight, keepInStep } from "./table.js";
import { readBackground } from "./tiles.js";
import { onChoice } from "./choice.js";

const CLUSTERED_FROM = 300;
const MOST_STEPS = 8;
const EUROPE = [-10, 36, 30, 60];
const LIBRARY = new URL("../vendor/maplibre/", import.meta.url);
setWorkerUrl(new URL("maplibre-gl-worker.mjs", LIBRARY).href);
// The worker is read while the markers are on their way, and so is the style sheet, which no page waits for.
prewarm();
const styled = loadStyle();

/** Make the map of an element, its property `map`, until `signal` is aborted; it has the class `is-drawn` when its markers are to be seen. */
export async function showMap(element, [markers, shapes], signal) {
  const words = wordsOf(element);
  const [background] = await Promise.all([readBackground(element.dataset.tiles).catch(noBackground), styled]);
  signal.throwIfAborted(); // What is not on the page any more has no colours.
  const state = { element, signal, words, markers, colours: readColours(element), clustered: isMany(markers), background };
  state.drawn = seenWithoutMarker(shapes);
  state.map = element.map = openMap(state, shapes);
  signal.addEventListener("abort", () => state.map.remove());
  drawPictures(state.map, () => state.colours);
  await new Promise((resolve) => state.map.once("style.load", resolve));
  draw(state, shapes);
  state.table = keepInStep(state);
  state.popups = makePopups(state);
  onChoice(state);
  onScheme(() => paint(state), signal);
  follow(state);
  if (markers.tooMany) await showParts(state);
  state.map.once("idle", () => {
    element.classList.add("is-drawn");
    performance.mark("map-drawn");
  });
}

/** A background that is away takes no map with it. */
function noBackground(error) {
  console.info(`No background: ${error.message}`);
  return { url: "", layers: [] };
}

function isMany({ places }) {
  return places.length >= CLUSTERED_FROM;
}

function openMap({ element, words, markers, colours, clustered, background }, shapes) {
  const box = boxOf(markers.places.length > 0 ? markers.places : pointsOf(shapes)) ?? extentOf(element) ?? EUROPE;
  element.replaceChildren();
  const map = new Map({
    container: element,
    style: makeStyle(colours, { clustered, background }),
    bounds: widen(box),
    fitBoundsOptions: { maxZoom: 16 },
    maxPitch: 0,
    pitchWithRotate: false,
    attributionControl: false,
    cooperativeGestures: true,
    fadeDuration: 0,
    locale: words.locale ?? {},
  });
  describe(map.getCanvas(), words.keys);
  map.addControl(new NavigationControl({ visualizePitch: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  if (element.dataset.attribution) {
    map.addControl(new AttributionControl({ compact: false, customAttribution: escape(element.dataset.attribution) }));
  }
  return map;
}

/** Say how the keys move a map, to those who do not see it. */
function describe(canvas, text = "") {
  const told = Object.assign(document.createElement("p"), { className: "unseen", id: `keys-${Math.random().toString(36).slice(2)}`, textContent: text });
  canvas.parentElement.prepend(told);
  canvas.setAttribute("aria-describedby", told.id);
}

function draw({ element, map, markers, drawn }, shapes) {
  const outline = outlineOf([...markers.places, ...pointsOf(shapes), ...(markers.tooMany ? cornersOf(element) : [])]);
  map.getSource("ground").setData(outline ?? EMPTY);
  map.getSource("shapes").setData(shapes);
  map.getSource("names").setData(namesOf(shapes));
  map.getSource("markers").setData(toFeatures(markers, drawn));
}

function paint(state) {
  state.colours = readColours(state.element);
  recolour(state.map, makeStyle(state.colours, state));
}

function follow(state) {
  const { element, signal } = state;
  if (element.dataset.markers) renewMarkers(() => renew(state), signal);
  else if (tableOf(element)) followRows(tableOf(element), () => renew(state), signal);
}

/** Show what is there now, where the reader looks now. */
async function renew(state) {
  const turn = (state.turn = (state.turn ?? 0) + 1);
  const markers = await readMarkers(state.element, state.isPartial ? boxInSight(state.map) : "");
  state.signal.throwIfAborted();
  if (turn !== state.turn) return; // A later question was answered already, or will be.
  state.note?.toggleAttribute("hidden", !markers.tooMany);
  if (markers.text === state.markers.text) return;
  state.markers = markers;
  if (isMany(markers) !== state.clustered) {
    state.clustered = isMany(markers);
    await state.map.getSource("markers").setClusterOptions({ cluster: state.clustered, clusterRadius: 44, clusterMaxZoom: 16 });
  }
  state.map.getSource("markers").setData(toFeatures(state.markers, state.drawn));
}

/** Where there are more markers than are sent at once: those in sight; at first so near that these are few enough. */
async function showParts(state) {
  const { element, map, words } = state;
  state.isPartial = true;
  state.note = Object.assign(document.createElement("p"), { className: "map-note", textContent: words.many });
  state.note.setAttribute("role", "status");
  element.append(state.note);
  await renew(state);
  for (let steps = 0; state.markers.tooMany && steps < MOST_STEPS; steps += 1) {
    map.jumpTo({ zoom: map.getZoom() + 1 });
    await renew(state);
  }
  state.table.tell();
  map.on("moveend", () => renew(state).catch(() => {}));
}

function extentOf({ dataset }) {
  return dataset.extent ? dataset.extent.split(",").map(Number) : null;
}

function cornersOf(element) {
  const [west, south, east, north] = extentOf(element) ?? EUROPE;
  return [[west, south], [west, north], [east, south], [east, north]];
}

function loadStyle() {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet" });
  link.href = new URL("maplibre-gl.css", LIBRARY).href;
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.prepend(link);
  });
}

function escape(text) {
  return Object.assign(document.createElement("span"), { textContent: text }).innerHTML;
}

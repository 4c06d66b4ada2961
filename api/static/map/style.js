// SPDX-License-Identifier: EUPL-1.2
// The look of a map: what it draws from the data itself, over a blank ground or over the town's own background.

import { EMPTY } from "./geometry.js";
import { tileLayers, tileSource } from "./tiles.js";

const FONT = ["sans-serif"];
// Where a name may stand instead, in its own heights, when a marker is in its place.
const AROUND = ["center", [0, 0], "top", [0, 1], "bottom", [0, -1], "left", [1, 0], "right", [-1, 0], "top", [0, 2.4], "bottom", [0, -2.4]];
const WATER = "water";
const GREEN = "green";

/** The style in these colours; markers are grouped by the worker where `clustered`. */
export function makeStyle(colours, { clustered, background }) {
  return {
    version: 8,
    sources: {
      ...tileSource(background),
      ground: { type: "geojson", data: EMPTY },
      shapes: { type: "geojson", data: EMPTY },
      markers: { type: "geojson", data: EMPTY, cluster: clustered, clusterRadius: 44, clusterMaxZoom: 16, maxzoom: 18 },
      names: { type: "geojson", data: EMPTY },
      chosen: { type: "geojson", data: EMPTY },
    },
    layers: [
      { id: "background", type: "background", paint: { "background-color": colours.ground } },
      ...(background.url ? [] : [land(colours)]),
      ...tileLayers(background, colours),
      ...areas(colours),
      ...lines(colours),
      points(colours),
      ...names(colours),
      ...marks(colours),
    ],
  };
}

const land = ({ land }) => ({ id: "ground", type: "fill", source: "ground", paint: { "fill-color": land } });

function areas({ water, green, line, ink, land }) {
  const area = ["==", ["geometry-type"], "Polygon"];
  const wet = ["==", ["get", "look"], WATER];
  const dry = ["all", area, ["!", wet]];
  const colour = ["match", ["get", "look"], GREEN, green, land];
  return [
    { id: "areas", type: "fill", source: "shapes", filter: dry, layout: { "fill-sort-key": rank() }, paint: { "fill-color": colour, "fill-opacity": ["match", ["get", "look"], GREEN, 1, 0.5] } },
    { id: "borders", type: "line", source: "shapes", filter: ["all", dry, ["!=", ["get", "look"], GREEN]], paint: { "line-color": ink, "line-opacity": 0.28, "line-dasharray": [4, 2.5], "line-width": 1 } },
    { id: "waters", type: "fill", source: "shapes", filter: ["all", area, wet], paint: { "fill-color": water } },
    { id: "shores", type: "line", source: "shapes", filter: ["all", area, wet], paint: { "line-color": line, "line-width": 1 } },
  ];
}

const rank = () => ["match", ["get", "look"], GREEN, 1, 0];

function lines({ road, ink, water }) {
  const line = ["==", ["geometry-type"], "LineString"];
  const look = (name) => ["all", line, ["==", ["get", "look"], name]];
  const wide = ["interpolate", ["exponential", 1.6], ["zoom"], 10, 0.8, 14, 3.5, 18, 14];
  return [
    { id: "streams", type: "line", source: "shapes", filter: look(WATER), layout: { "line-cap": "round" }, paint: { "line-color": water, "line-width": wide } },
    { id: "roads", type: "line", source: "shapes", filter: ["all", line, ["!", ["in", ["get", "look"], ["literal", [WATER, "rail"]]]]], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": road, "line-width": wide } },
    { id: "rails", type: "line", source: "shapes", filter: look("rail"), paint: { "line-color": ink, "line-opacity": 0.45, "line-width": 1.6 } },
    { id: "sleepers", type: "line", source: "shapes", filter: look("rail"), minzoom: 12, paint: { "line-color": ink, "line-opacity": 0.45, "line-width": 6, "line-dasharray": [0.2, 1.4] } },
  ];
}

/** The single places of what has several. */
const points = ({ accent, halo }) => ({ id: "points", type: "circle", source: "shapes", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": accent, "circle-stroke-color": halo, "circle-stroke-width": 1.5 } });

function names({ ink, halo, scheme }) {
  const paint = { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1.4, "text-opacity": 0.8 };
  const text = { "text-field": ["get", "label"], "text-font": FONT, "text-padding": 6 };
  return [
    { id: "drawn-names", type: "symbol", source: "names", filter: ["has", "drawn"], layout: { "icon-image": ["concat", `name:${scheme}:`, ["get", "drawn"]] } },
    { id: "line-names", type: "symbol", source: "shapes", minzoom: 12.5, filter: ["==", ["geometry-type"], "LineString"], layout: { ...text, "text-size": 12, "symbol-placement": "line", "symbol-spacing": 600 }, paint },
    { id: "area-names", type: "symbol", source: "names", filter: ["has", "label"], layout: { ...text, "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 15, 16], "text-max-width": 8, "text-padding": 2, "text-justify": "auto", "text-variable-anchor-offset": AROUND }, paint },
  ];
}

function marks({ accent, accentInk, halo, scheme }) {
  const single = ["!", ["has", "point_count"]];
  const size = ["step", ["get", "point_count"], 15, 50, 19, 500, 24, 5000, 29];
  return [
    { id: "chosen", type: "circle", source: "chosen", paint: { "circle-radius": 19, "circle-color": accent, "circle-opacity": 0.22, "circle-stroke-color": accent, "circle-stroke-width": 3 } },
    { id: "clusters", type: "circle", source: "markers", filter: ["has", "point_count"], paint: { "circle-radius": size, "circle-color": accent, "circle-stroke-color": halo, "circle-stroke-width": 2.5 } },
    { id: "counts", type: "symbol", source: "markers", filter: ["has", "point_count"], layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": FONT, "text-size": 13, "text-allow-overlap": true }, paint: { "text-color": accentInk } },
    { id: "marks", type: "symbol", source: "markers", filter: single, layout: { "icon-image": ["concat", `mark:${scheme}:`, ["get", "k"]], "icon-allow-overlap": true, "icon-padding": 0 } },
  ];
}

/** Give a map that is drawn already the colours of a style. */
export function recolour(map, style) {
  for (const { id, paint = {}, layout = {} } of style.layers) {
    for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name, value);
    for (const [name, value] of Object.entries(layout)) map.setLayoutProperty(id, name, value);
  }
}

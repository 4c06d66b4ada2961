// SPDX-License-Identifier: EUPL-1.2
// The town's own background: tiles by {z}/{x}/{y}, or one PMTiles file of pictures or of vector tiles.

import { addProtocol } from "../vendor/maplibre/maplibre-gl.mjs";

const VECTOR = 1;

// All maps of a page lie on the same one.
let known = null;

/** What is known of a background before its map is made: `url`, and of vector tiles the names of their layers. */
export function readBackground(url) {
  return (known ??= read(url));
}

async function read(url) {
  if (!url || url.includes("{z}")) return { url: url ? absolute(url) : "", layers: [] };
  await loadScript(new URL("../vendor/pmtiles/pmtiles.js", import.meta.url));
  const { Protocol, PMTiles } = globalThis.pmtiles;
  const protocol = new Protocol({ metadata: true });
  const file = new PMTiles(absolute(url));
  protocol.add(file);
  addProtocol("pmtiles", protocol.tile);
  const { tileType } = await file.getHeader();
  const layers = tileType === VECTOR ? ((await file.getMetadata()).vector_layers ?? []).map(({ id }) => id) : [];
  return { url: `pmtiles://${absolute(url)}`, layers };
}

/** The sources of a style. */
export function tileSource({ url, layers }) {
  if (!url) return {};
  if (layers.length > 0) return { tiles: { type: "vector", url } };
  return { tiles: { type: "raster", tileSize: 256, ...(url.startsWith("pmtiles:") ? { url } : { tiles: [url] }) } };
}

/** Quiet layers; those of vector tiles are known by their names, whichever schema made them. */
export function tileLayers({ url, layers }, colours) {
  if (!url) return [];
  if (layers.length === 0) return [{ id: "tiles", type: "raster", source: "tiles", paint: { "raster-saturation": -0.3 } }];
  return layers.flatMap((name) => vectorLayers(name, colours));
}

function vectorLayers(name, { land, water, green, road, line, ink }) {
  const base = { source: "tiles", "source-layer": name };
  const area = ["==", ["geometry-type"], "Polygon"];
  const fill = (colour) => ({ ...base, id: `tiles-${name}`, type: "fill", filter: area, paint: { "fill-color": colour } });
  const draw = (colour, width) => ({ ...base, id: `tiles-${name}-lines`, type: "line", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": colour, "line-width": width } });
  if (/water|ocean|river/.test(name)) return [fill(water), draw(water, 1.5)];
  if (/earth|^land$/.test(name)) return [fill(land)];
  if (/land|park|green|natural|wood/.test(name)) return [fill(green)];
  if (/building/.test(name)) return [fill(line)];
  if (/road|transport|street|transit/.test(name)) return [draw(road, 1.6)];
  return /bound/.test(name) ? [draw(ink, 0.6)] : [];
}

// A template keeps its braces: URL would write them as %7B.
function absolute(url) {
  return /^[a-z]+:/.test(url) ? url : location.origin + (url.startsWith("/") ? url : `/${url}`);
}

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: url.href, onload: resolve });
    script.onerror = () => reject(new Error("PMTiles cannot be loaded"));
    document.head.append(script);
  });
}

// SPDX-License-Identifier: EUPL-1.2
// Choosing on a map by pointer and by keyboard: a marker tells of itself, a group of markers is opened.

const REACH = 24;

/** Listen to clicks and to Enter, which takes what is nearest to the middle. */
export function onChoice(state) {
  const { map } = state;
  // What cannot be told is not shown: its answer is away, or it went while it was asked for.
  const take = (...where) => choose(state, ...where).catch(() => {});
  map.on("click", ({ point }) => take(point));
  map.on("mousemove", ({ point }) => {
    map.getCanvas().style.cursor = nearest(map, point) ? "pointer" : "";
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const { width, height } = map.getCanvas().getBoundingClientRect();
    take({ x: width / 2, y: height / 2 }, Math.max(width, height));
  });
}

async function choose(state, point, reach = REACH) {
  const feature = nearest(state.map, point, reach);
  if (!feature) return;
  const at = feature.geometry.coordinates;
  if (feature.properties.point_count) {
    const zoom = await state.map.getSource("markers").getClusterExpansionZoom(feature.properties.cluster_id);
    move(state.map, { center: at, zoom: zoom + 0.3 }, { byReader: true });
  } else {
    await state.popups.open(feature.properties.s, at);
  }
}

function nearest(map, { x, y }, reach = REACH) {
  const area = [[x - reach, y - reach], [x + reach, y + reach]];
  const distance = ({ geometry }) => {
    const place = map.project(geometry.coordinates);
    return Math.hypot(place.x - x, place.y - y);
  };
  const found = map.queryRenderedFeatures(area, { layers: ["marks", "clusters"] });
  return found.map((feature) => [distance(feature), feature]).sort(([one], [other]) => one - other)[0]?.[1];
}

/** Move a map; at once where the reader wants no motion. `told` is handed to those who listen to the movement. */
export function move(map, to, told = {}) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  map[still ? "jumpTo" : "easeTo"]({ duration: 350, ...to }, told);
}

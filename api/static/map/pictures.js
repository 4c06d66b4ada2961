// SPDX-License-Identifier: EUPL-1.2
// Draws the pictures of a map: a shape for each type, as the server names it, and names written from right to left, which
// the browser's own text drawing joins and orders as MapLibre's does not.

import { lookOf } from "./markers.js";

const SIZE = 26;
const REACH = 12;

/** Let a map draw pictures when it needs them: `mark:<scheme>:<number of the look>` and `name:<scheme>:<text>`. */
export function drawPictures(map, colours) {
  const ratio = Math.max(2, Math.ceil(devicePixelRatio));
  map.setMissingStyleImageResolver((id) => {
    if (map.hasImage(id)) return;
    const [what, scheme] = id.split(":", 2);
    const rest = id.slice(what.length + scheme.length + 2);
    if (what === "name") map.addImage(id, drawName(rest, colours(), ratio), { pixelRatio: ratio });
    if (what === "mark") map.addImage(id, drawMark(lookOf(Number(rest)), colours(), ratio), { pixelRatio: ratio });
  });
}

function drawMark({ path, tone }, colours, ratio) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE * ratio, height: SIZE * ratio });
  const pen = canvas.getContext("2d");
  pen.scale((ratio * SIZE) / (2 * REACH), (ratio * SIZE) / (2 * REACH));
  pen.translate(REACH, REACH);
  const shape = new Path2D(path);
  pen.lineJoin = "round";
  pen.strokeStyle = colours.halo;
  pen.lineWidth = 3;
  pen.stroke(shape);
  pen.fillStyle = colours.tones[tone];
  pen.fill(shape, "evenodd");
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function drawName(text, { ink, halo }, ratio) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const font = `${13 * ratio}px sans-serif`;
  pen.font = font;
  canvas.width = Math.ceil(pen.measureText(text).width) + 6 * ratio;
  canvas.height = 20 * ratio;
  Object.assign(pen, { font, textAlign: "center", textBaseline: "middle", lineJoin: "round" });
  Object.assign(pen, { strokeStyle: halo, fillStyle: ink, lineWidth: 3 * ratio });
  pen.strokeText(text, canvas.width / 2, canvas.height / 2);
  pen.fillText(text, canvas.width / 2, canvas.height / 2);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

// SPDX-License-Identifier: EUPL-1.2
// Rows of the table beside a map say where they are by `data-at="longitude,latitude"`, and what they are by `data-id`.

/** The table that the element of a map names. */
export function tableOf({ dataset }) {
  return document.querySelector(dataset.table ?? "#none");
}

/** Its rows that have a place. */
export function rowsOf(table) {
  return table ? [...table.querySelectorAll("[data-at]")] : [];
}

export function placeOf({ dataset }) {
  return dataset.at.split(",").map(Number);
}

// SPDX-License-Identifier: EUPL-1.2
// Numbers and times of charts, in the language of the page and by the town's clock.
const language = document.documentElement.lang === "de" ? "de-DE" : "en-GB";
const zone = document.getElementById("charts")?.dataset.zone;
const DAY = 86400;

const format = (options) => new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const seconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = format({ day: "numeric", month: "short" });
const month = format({ month: "short", year: "numeric" });
const year = format({ year: "numeric" });
const moment = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
const axis = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });

export const toDate = (time) => new Date(time * 1000);
export const toMoment = (time) => moment.format(toDate(time));

export function toNumber(value, unit) {
  const text = Math.abs(value) >= 0.0005 || value === 0 ? number.format(value) : axis.format(value);
  return unit ? `${text} ${unit}` : text;
}

export const toTick = (value) => axis.format(value);

/** Labels of a time axis: the clock within a day, with the day where it begins; days, months and years beyond. */
export function toTimes(splits, step) {
  let last = "";
  return splits.map((split) => {
    if (split == null) return "";
    const date = toDate(split);
    if (step >= 365 * DAY) return year.format(date);
    if (step >= 28 * DAY) return month.format(date);
    const today = day.format(date);
    if (step >= DAY) return today;
    const time = (step < 60 ? seconds : clock).format(date);
    const text = today === last ? time : `${time}\n${today}`;
    last = today;
    return text;
  });
}

/** A wall-clock date for the town's zone, by which the axis finds where days begin. */
export const toTownDate = (time) => (zone ? uPlot.tzDate(toDate(time), zone) : toDate(time));

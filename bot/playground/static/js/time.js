/** Instants in words, as Discord writes them. Knows nothing of messages. */

const DAY = 86_400_000;

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

const UNITS = [
  ["year", 365 * DAY],
  ["month", 30 * DAY],
  ["day", DAY],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** The clock for today, "Yesterday at …", else the date with the clock. */
export function stamp(date, now = new Date()) {
  const clock = format(date, "t");
  if (sameDay(date, now)) return clock;
  if (sameDay(date, new Date(now - DAY))) return `Yesterday at ${clock}`;
  return `${format(date, "d")} ${clock}`;
}

/** One of Discord's styles t T d D f F R; an unknown one is written as "f". */
export function format(date, style) {
  if (style === "R") return relative(date);
  return new Intl.DateTimeFormat("en-GB", STYLES[style] ?? STYLES.f).format(date);
}

export function relative(date, now = Date.now()) {
  const distance = date - now;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(distance) >= size) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(distance / size), unit);
}

export function sameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

/** The instant that a snowflake was made. */
export function born(id) {
  return new Date(Number((BigInt(id) >> 22n) + 1_420_070_400_000n));
}

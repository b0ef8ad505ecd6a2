// The server writes UTC into <time datetime data-local="date | minute | relative | left | due">; the reader sees their own
// zone. "left" counts down to a deadline and marks the last ten minutes; "due" says how long until then, or since then.

// The page's language, and for English the form in which the server writes days (workbench/formats/en), so that one page
// has one form: "28 November 2026".
const page = document.documentElement.lang;
const language = page === "en" ? "en-GB" : page || undefined;
const formats = {
  date: new Intl.DateTimeFormat(language, { dateStyle: "long" }),
  minute: new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" }),
};
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const FAR_S = 30 * 86400;
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];

const MOVING = ["left", "relative", "due"].map((kind) => `time[data-local="${kind}"]`).join();

function nearest(seconds) {
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? STEPS.at(-1);
  return relative.format(Math.trunc(seconds / size), unit);
}

function length(seconds) {
  const [unit, size] = STEPS.find(([, each]) => seconds >= each) ?? STEPS.at(-1);
  const count = Math.max(1, Math.trunc(seconds / size));
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

function show(time) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.valueOf())) return;
  const seconds = (at - Date.now()) / 1000;
  const kind = time.dataset.local;
  if (kind === "due") {
    time.textContent = (seconds > 0 ? time.dataset.ahead : time.dataset.over).replace("{}", length(Math.abs(seconds)));
    time.classList.toggle("is-short", seconds <= 0);
  } else if (kind === "left") {
    time.textContent = seconds > 0 ? nearest(seconds) : time.dataset.over;
    time.classList.toggle("is-short", seconds < 600);
  } else {
    // What is long past is a day of the calendar, not a count of days.
    const counted = kind === "relative" && Math.abs(seconds) < FAR_S;
    time.textContent = counted ? nearest(seconds) : (formats[kind === "relative" ? "date" : kind] ?? formats.minute).format(at);
  }
  time.title = formats.minute.format(at);
}

function showAll() {
  document.querySelectorAll("time[data-local]").forEach(show);
}

showAll();
document.addEventListener("htmx:load", showAll);
document.addEventListener("rows:changed", showAll);
setInterval(() => document.querySelectorAll(MOVING).forEach(show), 15_000);

// The map of the text: shows which stretch is on the screen, and leads to where it is pressed. It is one stop of the
// keyboard: arrows, Home and End walk its bars, Enter follows one.

const map = document.querySelector("[data-map]");

function paragraphs() {
  return [...document.querySelectorAll(".story p[data-start]")];
}

// Where in the text, in code points, the height y of the window is.
function offsetAt(y, all) {
  const end = Number(map.dataset.mapEnd);
  for (const [at, each] of all.entries()) {
    const { top, bottom } = each.getBoundingClientRect();
    if (y > bottom) continue;
    const start = Number(each.dataset.start);
    const next = Number(all[at + 1]?.dataset.start ?? end);
    const share = Math.max(0, Math.min(1, (y - top) / (bottom - top || 1)));
    return start + share * (next - start);
  }
  return end;
}

function showWhere() {
  const all = paragraphs();
  const length = Number(map.dataset.mapLength);
  const top = (offsetAt(0, all) / length) * 1000;
  const here = map.querySelector("[data-map-here]");
  here.setAttribute("y", top);
  here.setAttribute("height", Math.max(4, (offsetAt(innerHeight, all) / length) * 1000 - top));
}

function goTo(offset) {
  const { mapStart, mapEnd, mapQuery } = map.dataset;
  if (offset < Number(mapStart) || offset >= Number(mapEnd)) {
    location.assign(`?${mapQuery ? `${mapQuery}&` : ""}at=${Math.floor(offset)}`);
    return;
  }
  const paragraph = paragraphs().findLast((each) => Number(each.dataset.start) <= offset);
  paragraph?.scrollIntoView({ block: "center" });
}

function walk(bars, event) {
  const at = bars.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: bars.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const next = bars[Math.max(0, Math.min(bars.length - 1, to))];
  bars.forEach((bar) => bar.setAttribute("tabindex", bar === next ? "0" : "-1"));
  next.focus();
}

if (map) {
  const bars = [...map.querySelectorAll("a")];
  bars.forEach((bar, at) => bar.setAttribute("tabindex", at ? "-1" : "0"));
  map.addEventListener("keydown", (event) => walk(bars, event));
  map.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const { top, height } = map.getBoundingClientRect();
    goTo(((event.clientY - top) / height) * Number(map.dataset.mapLength));
  });
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      showWhere();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  showWhere();
}

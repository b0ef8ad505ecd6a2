// Draws who answers whom: an arrow from each statement that denies or answers another one to the one that it is about,
// in the gutter beside the text. The cards say the same in words; this is for the eye alone.

const SVG = "http://www.w3.org/2000/svg";
const story = document.querySelector("[data-story]");
const lines = document.querySelector("[data-answer-lines]");
const [NEAR, FAR] = [-3, -16];
let followed = 0;

function placeOf(id, origin) {
  const words = document.getElementById(`a-${id}`);
  if (!words || words.classList.contains("is-out")) return null;
  const rect = words.getClientRects()[0];
  return { x: rect.left - origin.left + rect.width / 2, middle: rect.top - origin.top + rect.height / 2, height: rect.height };
}

// [line, arrow head]: on one line of the text an arc below the words, else a bracket beside the lines.
function paths(from, to) {
  if (Math.abs(from.middle - to.middle) < from.height / 2) {
    const below = Math.max(from.middle + from.height / 2, to.middle + to.height / 2) + 2;
    return [
      `M ${from.x} ${below} C ${from.x} ${below + 11}, ${to.x} ${below + 11}, ${to.x} ${below}`,
      `M ${to.x - 3} ${below + 4} L ${to.x + 3} ${below + 4} L ${to.x} ${below - 2} Z`,
    ];
  }
  const bend = Math.sign(to.middle - from.middle) * 6;
  return [
    `M ${NEAR} ${from.middle} H ${FAR + 6} Q ${FAR} ${from.middle} ${FAR} ${from.middle + bend}`
      + ` V ${to.middle - bend} Q ${FAR} ${to.middle} ${FAR + 6} ${to.middle} H ${NEAR}`,
    `M ${NEAR - 5} ${to.middle - 3.5} L ${NEAR - 5} ${to.middle + 3.5} L ${NEAR + 1} ${to.middle} Z`,
  ];
}

function draw() {
  const origin = story.getBoundingClientRect();
  const drawn = new Set();
  const elements = [];
  // All is measured before anything is drawn: each line drawn in between would lay the whole page out anew.
  for (const { dataset: { of, answers } } of story.querySelectorAll("[data-answers]")) {
    const [from, to] = [placeOf(of, origin), placeOf(answers, origin)];
    // An attribution that carries several claims stands on several cards.
    if (!from || !to || drawn.has(of)) continue;
    drawn.add(of);
    const [line, head] = paths(from, to).map((d) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", d);
      path.setAttribute("data-attributions", `${of} ${answers}`);
      return path;
    });
    head.setAttribute("class", "head");
    elements.push(line, head);
  }
  lines.replaceChildren(...elements);
}

// The last paragraph may stay in sight while its cards pass by (margin.js); its arrows stay with it.
function follow() {
  const last = story.querySelector(".passage:last-of-type");
  const away = last.firstElementChild.getBoundingClientRect().top - last.getBoundingClientRect().top;
  if (away !== followed) draw();
  followed = away;
}

if (story && lines && story.querySelector("[data-answers]")) {
  const sizes = new ResizeObserver(draw);
  story.querySelectorAll(".article-text").forEach((each) => sizes.observe(each));
  story.addEventListener("shown", draw);
  addEventListener("scroll", follow, { passive: true });
}

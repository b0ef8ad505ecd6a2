// Sets each card of [data-story] beside the words that it is about, as far as the cards before and after it leave room.
// The card that somebody is at stands exactly beside its words, and the others make way. Where more cards than text are
// left, the last paragraph stays in sight until the last of them. On a narrow screen, in print and without this script
// the cards stay where they are in the page: after their paragraph.

const story = document.querySelector("[data-story]");
const last = story?.querySelector(".passage:last-of-type");
const wide = matchMedia("(width >= 70rem)");
const GAP = 8;
let active = null;

function wordsOf(card) {
  for (const id of card.dataset.attributions.split(" ")) {
    const words = document.getElementById(`a-${id}`);
    if (words) return words;
  }
  return card.closest(".passage");
}

// How far the last paragraph has left its place to stay in sight.
function left() {
  return last.firstElementChild.getBoundingClientRect().top - last.getBoundingClientRect().top;
}

// The tops of cards in their order: each where it is wanted or right below the one before it.
function downward(cards, wanted, heights, from, floor) {
  const tops = [];
  for (let at = from; at < cards.length; at += 1) {
    tops[at] = Math.max(wanted[at], floor);
    floor = tops[at] + heights[at] + GAP;
  }
  return tops;
}

function place() {
  story.classList.toggle("is-placed", wide.matches);
  const cards = [...story.querySelectorAll(".claim-card:not([hidden])")];
  if (!wide.matches) {
    cards.forEach((card) => (card.style.top = ""));
    last.style.minHeight = "";
    return;
  }
  // All is measured before anything moves, so that the page is laid out once.
  const origin = story.getBoundingClientRect().top;
  const away = left();
  const height = last.firstElementChild.offsetHeight;
  const wanted = cards.map(wordsOf).map((words) => words.getClientRects()[0].top - origin - 4 - (last.contains(words) && away));
  const heights = cards.map((card) => card.offsetHeight);
  const first = Math.max(cards.indexOf(active), 0);
  const tops = downward(cards, wanted, heights, first, 0);
  for (let at = first - 1; at >= 0; at -= 1) tops[at] = Math.min(wanted[at], tops[at + 1] - heights[at] - GAP);
  // What does not fit above its words pushes everything down again.
  const placed = tops[0] < 0 ? downward(cards, tops, heights, 0, 0) : tops;
  cards.forEach((card, at) => (card.style.top = `${placed[at]}px`));
  const end = cards.length ? placed.at(-1) + heights.at(-1) : 0;
  last.style.setProperty("--last-paragraph", `${height}px`);
  last.style.minHeight = `${end - last.offsetTop}px`;
}

function cardAt(target) {
  const card = target.closest?.(".claim-card");
  if (card) return card;
  const id = target.closest?.(".s[data-attribution]")?.dataset.attribution;
  return id ? story.querySelector(`.claim-card[data-attributions~="${CSS.escape(id)}"]:not([hidden])`) : null;
}

if (story) {
  // Texts and cards change their size with the window, the fonts, and what is opened in a card.
  const sizes = new ResizeObserver(place);
  story.querySelectorAll(".article-text, .claim-card").forEach((each) => sizes.observe(each));
  wide.addEventListener("change", place);
  story.addEventListener("shown", place);
  for (const kind of ["focusin", "click"]) {
    story.addEventListener(kind, (event) => {
      const card = cardAt(event.target);
      if (!card || card === active) return;
      active = card;
      place();
    });
  }
  place();
}

// The editor of one statement: what is done by mouse, touch or keys changes the spans here at once, is kept in this browser,
// and goes to the server when it is saved. Nothing but saving waits for the server.

import { History, ROLES, cut, join, listed, mark, remove, replace } from "./edits.js";
import { Cursor, undoing } from "./cursor.js";
import { Keeper } from "./keeper.js";
import { beside, chip, inSight, marks, prepare, problems } from "./panel.js";
import { Text } from "./text.js";
import { choices, chosen } from "./versions.js";

const root = document.querySelector("[data-editor]");
const data = JSON.parse(document.getElementById("editor-data").textContent);
const words = JSON.parse(document.getElementById("editor-words").textContent);
const find = (name) => root.querySelector(`[data-${name}]`);
const form = find("statement");
const text = new Text(root.querySelector(".article-text"));
const fields = [...form.elements].filter((each) => each.name && each.type !== "hidden" && !ROLES.includes(each.name));
const keeper = new Keeper(data.key);
const said = (sentence, values = {}) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const brief = (range) => text.brief(range);

// --- What is at work --------------------------------------------------------------------------------------------------

function read() {
  return Object.fromEntries(fields.map((each) => [each.name, each.value]));
}

const spansOf = (reading) => Object.fromEntries(ROLES.map((role) => [role, reading?.[role] ?? []]));

// A reading of the server as the form has it.
function shown(reading) {
  const named = fields.map(({ name }) => [name, String(reading[name] ?? "")]);
  return { ...spansOf(reading), ...Object.fromEntries(named) };
}

let version = data.version;
let saved = data.reading ? shown(data.reading) : { ...spansOf(null), ...read() };
let history = new History(saved);
const cursor = new Cursor(text);
let held = null;
let busy = false;
let waiting = false;
let leaving = false;
// What somebody else saved meanwhile, and its version, until it is chosen between the two.
let other = null;

const now = () => history.now;
const isDirty = () => JSON.stringify(now()) !== JSON.stringify(saved);
const same = (one, two) => String(one) === String(two);

function say(sentence, values) {
  find("says").textContent = said(sentence, values);
}

function put(next) {
  for (const role of ROLES) next[role] = next[role].map((each) => text.trimmed(each)).filter(Boolean);
  const changed = history.put(next);
  if (changed) after();
  return changed;
}

function after() {
  leaving = false;
  draw();
  if (isDirty()) keeper.keep({ version, ...history });
  else keeper.drop();
  find("state").textContent = isDirty() ? words.unsaved : words.saved;
  find("state").classList.toggle("label", isDirty());
}

// What stands in a field that has the focus is not in the history yet, and the tools leave the focus where it is.
const typed = () => ({ ...now(), ...read() });
const settle = () => put(typed());

function draw() {
  text.draw(marks(data.others, listed(now()), held));
  if (cursor.range) text.select(cursor.range);
  for (const field of fields) if (field.value !== now()[field.name]) field.value = now()[field.name];
  find("spans").replaceChildren(...listed(now()).map(([role, each]) => chip(
    role, words[role], brief(each), held?.role === role && same(held.range, each), () => hold(role, each),
  )));
  root.querySelector('[data-do="hold"]').setAttribute("aria-pressed", String(Boolean(held)));
  root.querySelector('[data-do="undo"]').disabled = !history.past.length;
  root.querySelector('[data-do="redo"]').disabled = !history.future.length;
}

const here = (range) => beside(find("here"), data.others, range, data.edit, (label) => said(words.also, { label }));

// Shows what the cursor has come to, and says it.
function show(speak = true) {
  const { range, focus } = cursor;
  text.select(range);
  text.show(focus);
  here(range);
  if (!speak) return;
  const inside = ROLES.filter((role) => now()[role].some(([start, end]) => start < range[1] && end > range[0]));
  const roles = inside.map((role) => words[role]).join(", ");
  say(roles ? words.selectedIn : words.selected, { words: brief(range), roles });
}

// Held, a span is what it was with other ends: what it passes over on its way stays as it is.
function hold(role, range) {
  held = { role, range, begun: { role, range, spans: spansOf(now()) } };
  cursor.put(range);
  show(false);
  draw();
  say(words.held, { role: words[role], words: brief(range) });
}

function release() {
  held = null;
  draw();
}

// The next span of the statement behind the held one, or the one that holds the selected words.
function holdNext() {
  const all = listed(now());
  if (!all.length) return say(words.nothing);
  const { range } = cursor;
  const at = held ? all.findIndex(([role, each]) => role === held.role && same(each, held.range)) + 1
    : all.findLastIndex(([, [start, end]]) => range && start < range[1] && end > range[0]);
  return hold(...all[at < 0 || at >= all.length ? 0 : at]);
}

// Without a selection the cursor begins at the statement.
function begin() {
  const first = listed(now())[0]?.[1][0] ?? text.paragraphs[0].start;
  return cursor.to(text.partAt(first, "word"), false);
}

function move(step) {
  if (cursor.range ? step() : begin()) show();
}

// A held span goes on as a whole, or its edge does.
function moveHeld(forward, granularity, extend) {
  if (!(extend ? cursor.go(forward, granularity, true) : cursor.shift(forward, granularity))) return;
  show(false);
  reshape(held.role, cursor.range);
}

function reshape(role, range) {
  const { begun } = held;
  held = { ...held, role, range };
  put({ ...now(), ...replace(begun.spans, begun.role, begun.range, role, range) });
  say(words.marked, { role: words[role], words: brief(range) });
}

// --- What can be done -------------------------------------------------------------------------------------------------

function marking(role) {
  return () => {
    const range = cursor.range && text.trimmed(cursor.range);
    if (held) return reshape(role, held.range);
    if (!range) return say(words.selectFirst);
    put(mark(now(), role, range));
    return say(words.marked, { role: words[role], words: brief(range) });
  };
}

function changing(change, sentence) {
  return () => {
    const range = held?.range ?? cursor.range;
    if (!range) return say(words.selectFirst);
    const done = put({ ...now(), ...change(now(), range) });
    release();
    return say(done ? sentence : words.nothing, { words: brief(range) });
  };
}

function back(step, sentence) {
  return () => {
    held = null;
    if (!history[step]()) return;
    after();
    say(sentence);
  };
}

const does = {
  source: marking("source"),
  cue: marking("cue"),
  content: marking("content"),
  hold: holdNext,
  swap: () => {
    if (!cursor.range) return;
    cursor.swap();
    const { focus, range } = cursor;
    say(words.edge, { words: brief(text.partAt(focus[1] === range[1] ? range[1] - 1 : focus[0], "word")) });
  },
  cut: changing(cut, words.cut),
  join: changing(join, words.joined),
  remove: changing((spans, range) => (held
    ? { [held.role]: spans[held.role].filter((each) => !same(each, held.range)) }
    : remove(spans, range)), words.removed),
  undo: back("undo", words.undone),
  redo: back("redo", words.redone),
  save,
};

// --- Saving -----------------------------------------------------------------------------------------------------------

async function save() {
  // A double click acts once.
  if (busy) return;
  if (other) {
    find("conflict").focus();
    return tell(words.chooseEach);
  }
  settle();
  busy = true;
  form.setAttribute("aria-busy", "true");
  problems(find("errors"), fields, []);
  const sent = now();
  const body = new FormData(form);
  body.set("spans", JSON.stringify(Object.fromEntries(ROLES.map((role) => [role, sent[role]]))));
  body.set("version", version ?? "");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    await answered(answer, sent);
  } catch {
    waiting = true;
    keeper.keep({ version, ...history });
    tell(words.offline);
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

async function answered(answer, sent) {
  waiting = false;
  if (answer.redirected || !answer.headers.get("Content-Type")?.startsWith("application/json")) {
    tell(answer.status < 500 && answer.redirected ? words.signedOut : words.failed);
    return;
  }
  const found = await answer.json();
  if (!answer.ok) {
    if (found.current) differ(shown(found.current), found.version, sent);
    else refuse(found.errors);
    return;
  }
  settle();
  if (data.version === null) {
    // What was done while it was under way goes on at the new statement.
    if (JSON.stringify(now()) !== JSON.stringify(sent)) new Keeper(found.key).keep({ version: found.version, ...history });
    keeper.drop();
    location.assign(found.address);
    return;
  }
  ({ version } = found);
  saved = shown(found.reading);
  find("decision").textContent = found.decision;
  // What was typed while it was under way stays, as something that is not saved yet.
  if (JSON.stringify(now()) === JSON.stringify(sent)) history.now = saved;
  after();
  tell(isDirty() ? words.unsaved : found.message);
}

function tell(sentence) {
  find("state").textContent = sentence;
  say(sentence);
}

function refuse(wrong) {
  problems(find("errors"), fields, wrong);
  find("state").textContent = words.refused;
}

// Somebody else saved another version: both are shown, and nothing is given up before one is chosen.
function differ(theirs, theirVersion, mine) {
  const place = find("conflict");
  if (JSON.stringify(theirs) === JSON.stringify(mine)) {
    [version, saved] = [theirVersion, theirs];
    return after();
  }
  other = { theirs, version: theirVersion };
  find("conflict-fields").replaceChildren(...choices(theirs, mine, form, words, brief));
  place.hidden = false;
  place.focus();
  place.scrollIntoView({ block: "nearest" });
  tell(words.conflict);
}

find("conflict-save").addEventListener("click", () => {
  const whole = chosen(find("conflict-fields"), other.theirs, now());
  if (!whole) return say(words.chooseEach);
  find("conflict").hidden = true;
  ({ version, theirs: saved } = other);
  other = null;
  put(whole);
  after();
  return isDirty() ? save() : tell(words.saved);
});

// --- Mouse, touch, keys -----------------------------------------------------------------------------------------------

root.querySelectorAll("[data-do]").forEach((button) => {
  // A press keeps the focus, and on a phone the selection, where it is.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    settle();
    does[button.dataset.do]();
  });
});

document.addEventListener("selectionchange", () => {
  const range = text.selected();
  if (!range || same(range, cursor.range)) return;
  cursor.put(range);
  if (held && !same(held.range, range)) {
    held = null;
    root.querySelector('[data-do="hold"]').setAttribute("aria-pressed", "false");
  }
  here(range);
});

// A click without a stretch selects the word.
text.root.addEventListener("click", (event) => {
  if (!getSelection().isCollapsed || event.target.closest("a")) return;
  const { anchorNode, anchorOffset } = getSelection();
  const point = anchorNode && text.pointOf(anchorNode, anchorOffset);
  const part = point === null ? null : text.partAt(point, "word");
  if (held) release();
  if (cursor.to(part, false)) show();
});

text.root.addEventListener("keydown", (event) => {
  const { key, shiftKey, altKey, ctrlKey, metaKey } = event;
  const granularity = ctrlKey || metaKey ? "sentence" : altKey ? "grapheme" : "word";
  const plain = granularity === "word";
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const forward = (key === "ArrowRight") !== text.isRightToLeft(cursor.focus?.[0] ?? text.paragraphs[0].start);
    if (held) moveHeld(forward, granularity, shiftKey);
    else move(() => cursor.go(forward, granularity, shiftKey));
  } else if (plain && (key === "ArrowUp" || key === "ArrowDown")) {
    if (held) release();
    move(() => cursor.line(key === "ArrowDown", shiftKey));
  } else if (plain && (key === "Home" || key === "End")) {
    if (held) release();
    move(() => cursor.edge(key === "End", shiftKey));
  } else if (plain && key === "Enter") {
    save();
  } else if (plain && key === "Backspace") {
    does.remove();
  } else if (key === "Escape" && held) {
    release();
    say(words.released);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
});

// Escape leaves; what is not saved stays in this browser, and it is said before. In a field it leaves the field, or what
// the browser shows there.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.isComposing || event.target.matches("input, select, textarea")) return;
  if (!isDirty() || leaving) return find("leave").click();
  leaving = true;
  tell(words.leaving);
});

undoing(() => does.undo(), () => does.redo());

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.addEventListener("change", settle);
form.addEventListener("input", () => {
  if (JSON.stringify(typed()) === JSON.stringify(now())) return;
  keeper.keep({ version, now: typed(), past: [...history.past, now()], future: [] });
});
addEventListener("online", () => waiting && save());

inSight(find("about"));
prepare(root, text.root, words.text);
const kept = keeper.kept();
draw();
const first = listed(now())[0];
if (first) text.show(first[1]);
if (kept && JSON.stringify(kept.now) !== JSON.stringify(saved)) {
  history = new History(kept.now, kept.past, kept.future);
  if (kept.version === version) {
    after();
    tell(words.restored);
  } else {
    ({ version } = kept);
    draw();
    differ(saved, data.version, kept.now);
  }
} else {
  keeper.drop();
}
// The keys of the text act as soon as the page is there; something to be decided first keeps the focus.
if (document.activeElement === document.body) text.root.focus({ preventScroll: true });
root.dataset.ready = "";

// Nothing typed is lost: a form with data-draft="key" is kept in this browser from the first letter until it was accepted.
// A form that comes back with errors keeps what the server returned. Files and passwords are never kept. Where the server
// keeps drafts too, an element with data-draft-saved="key" tells that it has this one, and the copy here is dropped.
// Hidden fields with data-draft-base say which of the server's versions the typing began from; they are kept along, so that
// what comes back from here meets a version that came about elsewhere as the older one that it is. While somebody has to
// choose between the two, the copy has a place of its own, which no other tab writes over or clears.
// What somebody typed before this script was there stays; a copy that says otherwise is kept beside it, and offered.

const PREFIX = "workbench.draft.";
const SENT = "workbench.sent";
const APART = " waits ";
const EARLIER = " earlier";
// What stood in a field before "take the other one", by the name of the choice.
const mine = new Map();
// Another page is on its way, and nothing was typed since.
let leaving = false;

function kept(form) {
  return [...form.elements].filter(
    (field) =>
      field.name &&
      !field.name.startsWith("keep_") &&
      !["hidden", "password", "file", "submit", "button"].includes(field.type),
  );
}

// On a slow line a field is there, and typed into, before anything here listens; the browser's own keeping of fields over
// a reload looks the same.
function begun(form) {
  return kept(form).some(changed);
}

function changed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  // A choice has no value of its own to begin from, only the option that the page chose, or else the first one.
  if (field.type === "select-one") {
    return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
  }
  return "defaultValue" in field && field.value !== field.defaultValue;
}

function bases(form) {
  return [...form.querySelectorAll("[data-draft-base]")];
}

function read(form) {
  const values = {};
  for (const field of kept(form)) {
    const ticks = field.type === "checkbox" || field.type === "radio";
    // What "take the other one" put there is not theirs before they go on with it.
    const value = mine.get(`keep_${field.name}`) ?? field.value;
    if (ticks ? field.checked : value !== "") (values[field.name] ??= []).push(value);
  }
  for (const base of bases(form)) values[base.name] = [base.value];
  return values;
}

function write(form, values, names = kept(form).map(({ name }) => name)) {
  let restored = false;
  for (const field of kept(form).filter(({ name }) => names.includes(name))) {
    const saved = values[field.name] ?? [];
    if (field.type === "checkbox" || field.type === "radio") {
      const checked = saved.includes(field.value);
      restored ||= checked !== field.checked && checked;
      field.checked = checked;
    } else if (saved[0] !== undefined && saved[0] !== field.value) {
      field.value = saved[0];
      restored = true;
    }
  }
  if (restored) for (const base of bases(form)) base.value = values[base.name]?.[0] ?? base.value;
  return restored;
}

function keep(form) {
  put(placeOf(form), read(form));
}

function put(place, values) {
  try {
    localStorage.setItem(place, JSON.stringify(values));
  } catch {
    // The browser has room for some five million characters; what is longer it does not keep.
  }
}

// Where the copy of this form is: with that of its other tabs, or apart while it waits for a choice.
function placeOf(form) {
  return form.dataset.waits ?? PREFIX + form.dataset.draft;
}

function pageOf(values) {
  return values?.draft_page?.[0];
}

function stored(place) {
  return JSON.parse(localStorage.getItem(place));
}

// Another version is there: the copy goes to a place of its own until one of the two is chosen.
function wait(form) {
  if ("waits" in form.dataset) return;
  const own = read(form);
  if (pageOf(stored(placeOf(form))) === pageOf(own)) localStorage.removeItem(placeOf(form));
  form.dataset.waits = `${PREFIX}${form.dataset.draft}${APART}${pageOf(own)}`;
  keep(form);
}

// It is saved: the copy of this tab is not needed any more; that of another one stays.
function accepted(form) {
  const own = pageOf(stored(placeOf(form))) === pageOf(read(form));
  if (own || "waits" in form.dataset) localStorage.removeItem(placeOf(form));
  delete form.dataset.waits;
  mine.clear();
}

// What waits for a choice since its tab was closed comes before anything else.
function waiting(form) {
  const apart = PREFIX + form.dataset.draft + APART;
  return Object.keys(localStorage).find((place) => place.startsWith(apart));
}

function earlierOf(form) {
  return PREFIX + form.dataset.draft + EARLIER;
}

// What the copy has otherwise than the fields that were typed into; empty where it has nothing more than they have.
function differing(form, values, names) {
  const now = read(form);
  const differs = (name) => values[name] && JSON.stringify(values[name]) !== JSON.stringify(now[name]);
  return Object.fromEntries(names.filter(differs).map((name) => [name, values[name]]));
}

// What was typed earlier and stands in no field: shown above the form, to be taken instead of what stands there, which
// takes its place then, or to be dropped.
function offer(form) {
  form.querySelector("[data-draft-earlier]")?.remove();
  const earlier = stored(earlierOf(form));
  if (!earlier) return;
  form.prepend(document.querySelector("[data-draft-offer]").content.cloneNode(true));
  const first = kept(form).find(({ name }) => name in earlier) ?? form;
  const texts = kept(form).filter(({ name, type }) => name in earlier && !["checkbox", "radio", "select-one"].includes(type));
  const says = form.querySelector("[data-draft-earlier-says]");
  says.textContent = texts.map(({ name }) => earlier[name][0]).join(" … ");
  says.hidden = !texts.length;
  form.querySelector("[data-draft-earlier-take]").addEventListener("click", () => {
    const names = Object.keys(earlier);
    const other = read(form);
    const instead = Object.fromEntries(names.filter((name) => name in other).map((name) => [name, other[name]]));
    write(form, earlier, names);
    setEarlier(form, instead);
    keep(form);
    form.dispatchEvent(new Event("input", { bubbles: true }));
    first.focus();
  });
  form.querySelector("[data-draft-earlier-drop]").addEventListener("click", () => {
    setEarlier(form, {});
    first.focus();
  });
}

function setEarlier(form, values) {
  if (Object.keys(values).length) put(earlierOf(form), values);
  else localStorage.removeItem(earlierOf(form));
  offer(form);
}

function watch(form) {
  form.dataset.kept = "";
  const apart = waiting(form);
  const values = stored(apart ?? placeOf(form));
  const returned = form.querySelector('[aria-invalid="true"]') || "returned" in form.dataset;
  // htmx, which sends it to the desk, listens only once the page is loaded.
  addEventListener("load", () => begun(form) && form.dispatchEvent(new Event("change", { bubbles: true })));
  if (form.querySelector("[data-differing]")) {
    wait(form);
  } else if (values && !returned) {
    if (apart) {
      form.dataset.waits = apart;
      // It is on another page now than the one on which it was typed.
      values.draft_page = read(form).draft_page;
    }
    // What was typed since the page came is newer than any copy.
    const typed = [...new Set(kept(form).filter(changed).map(({ name }) => name))];
    const left = differing(form, values, typed);
    if (Object.keys(left).length) setEarlier(form, left);
    if (write(form, values, kept(form).map(({ name }) => name).filter((name) => !typed.includes(name)))) {
      form.querySelector("[data-draft-restored]")?.removeAttribute("hidden");
    } else if (apart) {
      // The desk has the same by now.
      accepted(form);
    } else if (!begun(form)) {
      localStorage.removeItem(placeOf(form));
    }
    if (Object.keys(left).length) keep(form);
  } else if (begun(form)) {
    keep(form);
  }
  offer(form);
  let pause;
  const now = () => {
    clearTimeout(pause);
    pause = undefined;
    keep(form);
  };
  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(now, 400);
  });
  // Another form of the page was sent, or a link followed, before the pause was over.
  addEventListener("pagehide", () => pause && now());
  form.addEventListener("submit", () => {
    now();
    sessionStorage.setItem(SENT, JSON.stringify({ place: placeOf(form), from: here() }));
  });
}

function here() {
  return location.href.split("#")[0];
}

// The page that the answer to a sent form leads to names the form's page as the one before it. A page that somebody opens
// after the connection failed, after an error page or by going back does not, and the sign-in page took nothing.
function answers({ from }) {
  const [{ type }] = performance.getEntriesByType("navigation");
  return document.referrer === from && type !== "back_forward" && !document.querySelector("[data-signs-in]");
}

const forms = [...document.querySelectorAll("form[data-draft]")];
const refused = document.querySelector("[data-refused]");
const last = JSON.parse(sessionStorage.getItem(SENT));
sessionStorage.removeItem(SENT);
if (last && answers(last)) {
  const sent = last.place;
  // The page after a form that was accepted does not hold that form with errors.
  const back = forms.find((form) => sent.split(APART)[0] === PREFIX + form.dataset.draft);
  if (!refused && !(back && (back.querySelector('[aria-invalid="true"]') || "returned" in back.dataset))) {
    localStorage.removeItem(sent);
    localStorage.removeItem(sent.split(APART)[0] + EARLIER);
  }
}
forms.forEach(watch);

// Before what it brought is on the page: that may be the same form, empty.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr, isError } = event.detail;
  const key = requestConfig.elt.dataset?.draftSaved;
  if (key && signedOut(xhr, requestConfig)) {
    event.detail.shouldSwap = false;
    const state = document.querySelector("[data-draft-signed-out]");
    if (state) state.textContent = state.dataset.draftSignedOut;
    return;
  }
  const form = key && document.querySelector(`form[data-draft="${CSS.escape(key)}"]`);
  if (key && xhr.status === 409) {
    // Two versions: both are shown, and the copy here stays until one of them is chosen.
    if (form) wait(form);
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    return;
  }
  // What is on its way may have been made before this was saved: then it shows what the copy has.
  if (!key || isError || (leaving && "draftUnsaved" in requestConfig.elt.dataset)) return;
  const place = form ? placeOf(form) : PREFIX + key;
  if (form) accepted(form);
  else localStorage.removeItem(place);
  if (JSON.parse(sessionStorage.getItem(SENT))?.place === place) sessionStorage.removeItem(SENT);
});

function leave() {
  leaving = true;
}

// Listened for only where somebody typed: some browsers keep no page for going back that listens to this.
document.addEventListener("input", () => {
  leaving = false;
  addEventListener("beforeunload", leave);
});

// Whoever is not signed in any more is led to the page for that, which is no answer to what was sent.
function signedOut(xhr, { path }) {
  return xhr.responseURL && new URL(xhr.responseURL).pathname !== new URL(path, location.href).pathname;
}

// As long as nothing is chosen between two versions, saving would only ask once more; and what is being submitted is no
// draft any more, which the server would have to refuse as such.
document.addEventListener("htmx:beforeRequest", (event) => {
  const saving = event.detail.elt;
  if (!("draftUnsaved" in saving.dataset)) return;
  const differing = document.querySelector("[data-differing] [name=draft_settled]");
  if (differing || saving.closest("form[aria-busy]")) event.preventDefault();
});

// "Take the other one" shows it in its field at once; "keep mine" brings back what stood there.
document.addEventListener("change", (event) => {
  const { name, value, form, dataset } = event.target;
  if (!("puts" in dataset) || !name.startsWith("keep_")) return;
  const field = form.elements[name.slice("keep_".length)];
  if (!field) return;
  if (value === "theirs") {
    if (!mine.has(name)) mine.set(name, field.value);
    field.value = dataset.puts;
  } else if (mine.has(name)) {
    field.value = mine.get(name);
    mine.delete(name);
  }
});

// A form that was brought is kept as those that came with the page.
document.addEventListener("htmx:afterSwap", (event) => {
  event.target.parentElement?.querySelectorAll("form[data-draft]:not([data-kept])").forEach(watch);
});

// Where that fails, for want of a connection above all, it says that the copy here is still there.
for (const kind of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(kind, (event) => {
    const state = event.target.closest?.("[data-draft-unsaved]");
    if (state) state.textContent = state.dataset.draftUnsaved;
  });
}

// What was refused is the first thing to know, wherever on the page its form stands. Who listens has heard it by its
// focus: as an alert it would be read a second time, and again whenever a dialog over the page closes.
refused?.removeAttribute("role");
refused?.focus();

// A refused form stands at the address of its verb, and so does what is shown once, a new token; reloading shall show the
// page, and neither send the form again nor make a second token.
const page = document.querySelector("[data-page]")?.dataset.page;
if (page) history.replaceState(null, "", page);

// Signing out on a shared machine leaves nothing behind.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-forget]")) return;
  Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => localStorage.removeItem(key));
});

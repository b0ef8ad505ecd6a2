// [data-live="address"] asks every few seconds how its lists are now, and brings in what is different row by row: focus,
// scroll and ticks stay. Rows have an id and a data-version; a list is a [data-live-list], whose name tells the server
// how many rows the page has. A row that left the list while it has the focus or a tick stays, and says so.
// Nothing is asked while nobody looks or there is no connection. "rows:changed" tells the other modules.

const EVERY_MS = 8_000;

for (const live of document.querySelectorAll("[data-live]")) {
  const says = document.querySelector("[data-live-says]");
  const offline = document.querySelector("[data-live-offline]");
  const over = document.querySelector("[data-live-over]");
  let etag = null;
  let asking = false;

  const lists = (root) => [...root.querySelectorAll("[data-live-list]")];
  const rowsOf = (list) => [...list.children].filter((row) => row.id.startsWith("claim-"));

  function address() {
    const url = new URL(live.dataset.live, location.href);
    for (const list of lists(live)) url.searchParams.set(list.dataset.liveList, rowsOf(list).length);
    return url;
  }

  function box(row) {
    return row.querySelector('input[type="checkbox"]');
  }

  function takeOver(fresh, old) {
    if (box(fresh) && box(old)) box(fresh).checked = box(old).checked;
    const inside = old.contains(document.activeElement) && document.activeElement;
    old.replaceWith(fresh);
    if (inside) (inside === box(old) ? box(fresh) : fresh.querySelector("a"))?.focus({ preventScroll: true });
  }

  function leave(row) {
    if (!row.contains(document.activeElement) && !box(row)?.checked) {
      row.remove();
    } else if (row.dataset.version !== "gone") {
      row.dataset.version = "gone";
      row.classList.add("gone");
      const word = document.createElement("span");
      word.className = "label care";
      word.textContent = live.dataset.liveGone;
      row.querySelector(".meta")?.prepend(word);
    }
  }

  function merge(list, fresh) {
    const wanted = new Map([...fresh.children].map((row) => [row.id, row]));
    let changed = 0;
    for (const row of [...list.children]) {
      const now = wanted.get(row.id);
      if (now && now.dataset.version !== row.dataset.version) {
        takeOver(now, row);
        changed += 1;
      } else if (!now && row.dataset.version !== "gone") {
        leave(row);
        changed += 1;
      } else if (!now) {
        leave(row);
      }
    }
    let at = list.firstElementChild;
    for (const id of wanted.keys()) {
      while (at?.classList.contains("gone")) at = at.nextElementSibling;
      const row = list.querySelector(`:scope > #${id}`) ?? wanted.get(id);
      if (row === at) {
        at = at.nextElementSibling;
        continue;
      }
      if (!row.isConnected) changed += 1;
      const focused = row.contains(document.activeElement) && document.activeElement;
      list.insertBefore(row, at);
      if (focused) focused.focus({ preventScroll: true });
    }
    return changed;
  }

  function bringIn(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const seen = document.activeElement.closest?.("[data-live-list] > *") ??
      lists(live).flatMap(rowsOf).find((row) => row.getBoundingClientRect().bottom > 0);
    const top = seen?.getBoundingClientRect().top;
    let changed = 0;
    for (const list of lists(live)) {
      const now = fresh.querySelector(`[data-live-list="${list.dataset.liveList}"]`);
      if (now) changed += merge(list, now);
    }
    for (const words of live.querySelectorAll("[data-live-text]")) {
      const now = fresh.querySelector(`[data-live-text="${words.dataset.liveText}"]`);
      if (now && words.textContent !== now.textContent) words.textContent = now.textContent;
    }
    const place = seen && (seen.isConnected ? seen : document.getElementById(seen.id));
    if (place) window.scrollBy(0, place.getBoundingClientRect().top - top);
    if (!changed) return;
    says.textContent = `${says.dataset.liveChanged} ${changed}`;
    window.htmx?.process(live);
    document.dispatchEvent(new Event("rows:changed"));
  }

  async function look() {
    // While a button is held down, what is below the pointer must not move.
    if (asking || document.visibilityState !== "visible" || !over.hidden || live.querySelector(":active")) return;
    asking = true;
    const asked = address();
    let answer = null;
    let text = "";
    try {
      answer = await fetch(asked, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
      text = await answer.text();
    } catch {
      answer = null;
    } finally {
      asking = false;
    }
    offline.hidden = answer !== null;
    if (answer?.redirected || answer?.status === 403) {
      over.hidden = false;
    } else if (answer?.ok && address().href === asked.href) {
      etag = answer.headers.get("ETag");
      bringIn(text);
    }
  }

  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  addEventListener("offline", () => (offline.hidden = false));
}

// Keeps what is not saved yet in this browser, with all that can be undone. The prefix is the drafts', so that signing out
// leaves nothing behind.

const PREFIX = "workbench.draft.";

export class Keeper {
  constructor(key) {
    this.key = PREFIX + key;
  }

  keep(state) {
    try {
      localStorage.setItem(this.key, JSON.stringify(state));
    } catch {
      // The browser's room is full: what was done before the latest steps goes first.
      const { past, ...rest } = state;
      try {
        localStorage.setItem(this.key, JSON.stringify({ ...rest, past: past.slice(-50) }));
      } catch {
        // It stays on the page, and says that it is not saved.
      }
    }
  }

  kept() {
    try {
      const state = JSON.parse(localStorage.getItem(this.key));
      return state?.now?.content ? state : null;
    } catch {
      return null;
    }
  }

  drop() {
    localStorage.removeItem(this.key);
  }
}

// Keeps what staff type in this browser until it has been sent: a login that ended, a closed
// tab or a crash costs nothing. One entry for each text, named by data-draft.
(() => {
  "use strict";
  const PREFIX = "backsite-draft:";
  const KEPT_DAYS = 30;

  const store = (action) => {
    try { return action(window.localStorage); } catch { return null; } // storage is off or full
  };
  const forget = (name) => store((box) => box.removeItem(PREFIX + name));
  const read = (name) => {
    const raw = store((box) => box.getItem(PREFIX + name));
    try { return raw ? JSON.parse(raw) : null; } catch { return null; }
  };

  document.querySelectorAll("[data-sent]").forEach((mark) => forget(mark.dataset.sent));

  const tooOld = Date.now() - KEPT_DAYS * 24 * 3600 * 1000;
  store((box) => Object.keys(box))?.filter((name) => name.startsWith(PREFIX)).forEach((name) => {
    const draft = read(name.slice(PREFIX.length));
    if (!draft || draft.at < tooOld) forget(name.slice(PREFIX.length));
  });

  document.querySelectorAll("textarea[data-draft]").forEach((field) => {
    const name = field.dataset.draft;
    const note = document.querySelector("[data-draft-note]");
    const printed = field.defaultValue;
    const draft = read(name);
    // What the server hands back after a problem is newer than any draft.
    const fresh = !document.querySelector("#problems");
    if (draft && fresh && draft.over === printed && draft.text !== printed) {
      field.value = draft.text;
      if (note) {
        note.hidden = false;
        note.append("This is what you typed before; it was not sent. ");
        const drop = document.createElement("button");
        drop.type = "button";
        drop.className = "link";
        drop.textContent = "Start anew";
        drop.addEventListener("click", () => {
          field.value = printed;
          forget(name);
          note.hidden = true;
          field.focus();
        });
        note.append(drop);
      }
    }
    const over = fresh ? printed : (draft ? draft.over : "");
    field.addEventListener("input", () => {
      if (field.value === over) forget(name);
      else store((box) => box.setItem(PREFIX + name, JSON.stringify({ text: field.value, over, at: Date.now() })));
    });
  });

  document.querySelector("#problems")?.focus();

  // Ctrl+Enter (Cmd+Enter) in the answer presses the main button under it.
  document.querySelector(".decide")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.currentTarget.querySelector("button.default")?.click();
    }
  });
})();

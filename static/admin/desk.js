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
    // Typed over what the page shows, or later than what the site keeps: an outage lay between.
    const keptAt = Number(field.dataset.draftAt || 0) * 1000;
    const newer = draft && (draft.over === printed || (keptAt && draft.at > keptAt + 1000));
    if (newer && fresh && draft.text !== printed) {
      field.value = draft.text;
      if (note) {
        note.hidden = false;
        note.textContent = "This is what you typed before; it was not sent. ";
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
    let over = fresh ? printed : (draft ? draft.over : "");
    const keepHere = () => {
      if (field.value === over) forget(name);
      else store((box) => box.setItem(PREFIX + name, JSON.stringify({ text: field.value, over, at: Date.now() })));
    };
    const keepThere = keeper(field, (text) => { over = text; keepHere(); });
    field.addEventListener("input", () => { keepHere(); keepThere?.(); });
    if (newer && fresh && field.value !== printed) keepThere?.();
  });

  // Sends what is typed to the site some moments after the last key; one request at a time.
  // What fails is tried again with the next word: until then this browser has it.
  function keeper(field, kept) {
    const address = field.dataset.keep;
    if (!address || !field.form) return null;
    const said = document.querySelector("[data-kept]");
    const company = document.querySelector("[data-company]");
    let timer = 0, busy = false, sent = false;
    const send = async () => {
      timer = 0;
      if (sent) return;
      if (busy) { later(); return; }
      busy = true;
      const text = field.value;
      const body = new URLSearchParams({
        text, key: field.form.elements.key.value,
        csrfmiddlewaretoken: field.form.elements.csrfmiddlewaretoken.value,
      });
      try {
        const answer = await fetch(address, { method: "POST", body, redirect: "error" });
        if (!answer.ok) throw new Error(String(answer.status));
        const news = await answer.json();
        kept(text);
        if (said) said.textContent = news.kept ? "Draft kept." : "";
        if (company && company.textContent !== news.told) {
          company.textContent = news.told;
          company.hidden = !news.told;
        }
      } catch {
        if (said) said.textContent = "The draft is kept in this browser only: the site could not be reached, or your login has ended.";
      } finally {
        busy = false;
      }
    };
    const later = () => { window.clearTimeout(timer); timer = window.setTimeout(send, 800); };
    field.form.addEventListener("submit", () => { sent = true; window.clearTimeout(timer); });
    return later;
  }

  // What can be put into the answer goes to where the caret is.
  document.querySelectorAll("button[data-insert]").forEach((button) => {
    button.addEventListener("click", (event) => {
      const field = button.form?.querySelector("textarea[data-draft]");
      if (!field) return;
      event.preventDefault();
      const { selectionStart: from, selectionEnd: to, value } = field;
      const before = value.slice(0, from), after = value.slice(to);
      const gap = before && !/\s$/.test(before) ? "\n\n" : "";
      field.setRangeText(gap + button.dataset.insert, from, to, "end");
      if (after && !/^\s/.test(after)) field.setRangeText("\n\n", field.selectionEnd, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  });

  document.querySelector("#problems")?.focus();

  // Ctrl+Enter (Cmd+Enter) in the answer presses the main button under it.
  document.querySelector(".decide")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.currentTarget.querySelector("button.default")?.click(); // not the first button: that one keeps
    }
  });
})();

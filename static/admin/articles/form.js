// While an article is written: its form is kept at the site every few seconds, in this browser
// when the site does not take it, and says who else has it open. Without this file the form
// works all the same.
(() => {
  "use strict";
  const desk = document.getElementById("writing");
  const form = desk && document.getElementById(desk.dataset.form);
  if (!form || !form.elements.unsaved_key) return;

  const PAUSE = 3000;  // after the last key
  const LONGEST = 15000;  // when the keys never stop
  const HERE = 20000;
  const PREFIX = "backsite-draft:";  // desk.js clears away what is old or was sent
  const key = form.elements.unsaved_key.value;
  const isNew = key.startsWith("new-");

  const store = (action) => {
    try { return action(window.localStorage); } catch { return null; }  // off or full
  };
  const words = () => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken" && name !== "over") fields.append(name, value);
    }
    return fields;
  };
  const post = (address, fields, more = {}) => {
    fields.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return fetch(address, { method: "POST", body: fields, credentials: "same-origin", redirect: "error", ...more });
  };
  const note = document.createElement("p");
  note.className = "autosaved quiet";
  note.setAttribute("role", "status");
  form.querySelector(".submit-row")?.append(note);

  // What stands in the form when it opens needs no keeping, unless it was brought back.
  let known = words().toString();
  let first = 0;
  let timer = 0;
  let running = null;
  let sending = false;
  let left = false;

  const keepHere = () => {
    const fields = words().toString();
    if (fields !== known) store((box) => box.setItem(PREFIX + key, JSON.stringify({ fields, at: Date.now() })));
    return fields;
  };
  const keep = async () => {
    clearTimeout(timer);
    first = 0;
    if (left) return;
    if (sending) { later(); return; }
    const fields = keepHere();
    if (fields === known) return;
    sending = true;
    running = new AbortController();
    try {
      const answer = await post(desk.dataset.autosave, new URLSearchParams(fields), { signal: running.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      known = fields;
      const said = await answer.json();
      // Newer words may stand in the store by now; those stay.
      if (words().toString() === fields) store((box) => box.removeItem(PREFIX + key));
      note.textContent = `Unsaved changes kept at ${said.at}.`;
    } catch {
      if (!left) note.textContent = "The site could not be reached or your login has ended. What you type is kept in this browser; saving asks you to log in again.";
    } finally {
      sending = false;
    }
  };
  const later = () => {
    first = first || Date.now();
    clearTimeout(timer);
    timer = setTimeout(keep, Math.max(0, Math.min(PAUSE, first + LONGEST - Date.now())));
  };
  const changed = () => { if (!left) later(); };
  ["input", "change"].forEach((kind) => form.addEventListener(kind, changed));
  // Widgets and editors change fields without an event: a look now and then finds it.
  const watch = setInterval(() => { if (!left && !first && words().toString() !== known) later(); }, 5000);

  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "_preview") return;
    left = true;
    clearTimeout(timer);
    clearInterval(watch);
    keepHere();  // until the site says that it has it
    running?.abort();
  });
  // A form that the Back button brings back is written in again.
  addEventListener("pageshow", (event) => { if (event.persisted) left = false; });
  addEventListener("pagehide", () => { if (!left) keepHere(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && !left && words().toString() !== known) keep(); });

  // What this browser kept because the site did not take it.
  const box = desk.querySelector(".kept-here");
  const offer = (name, draft) => {
    const at = new Date(draft.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const line = document.createElement("p");
    line.append(`This browser kept changes from ${at} that did not reach the site. `);
    const look = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Look at them" });
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Throw them away" });
    look.addEventListener("click", async () => {
      try {
        const answer = await post(desk.dataset.autosave, new URLSearchParams(draft.fields));
        const said = await answer.json();
        store((all) => all.removeItem(name));
        left = true;
        location.search = `?unsaved=${said.id}`;
      } catch {
        line.append(" The site does not take them now; they stay in this browser. Log in again, then come back.");
      }
    });
    drop.addEventListener("click", () => { store((all) => all.removeItem(name)); line.remove(); box.hidden = !box.childElementCount; });
    line.append(look, " · ", drop);
    box.append(line);
    box.hidden = false;
  };
  const texts = (fields) => {
    const found = new URLSearchParams(fields);
    return ["title", "slug", "standfirst", "body", "key_points"].map((name) => (found.get(name) || "").split(/\s+/).join(" ")).join("\n");
  };
  if (!document.getElementById("looked-at") && !document.getElementById("problems")) {
    (store((all) => Object.keys(all)) || []).filter((name) => isNew ? name.startsWith(`${PREFIX}new-`) : name === PREFIX + key).forEach((name) => {
      let draft = null;
      try { draft = JSON.parse(store((all) => all.getItem(name))); } catch { /* not ours */ }
      if (!draft?.fields) return;
      if (texts(draft.fields) === texts(known)) store((all) => all.removeItem(name));
      else offer(name, draft);
    });
  }

  // Who else is here.
  if (!desk.dataset.here) return;
  const others = desk.querySelector(".others-here");
  const since = desk.querySelector(".saved-since");
  const names = (list) => list.length > 1 ? `${list.slice(0, -1).join(", ")} and ${list.at(-1)} have` : `${list[0]} has`;
  const here = async () => {
    if (left || document.hidden) return;
    try {
      const fields = new URLSearchParams({ opened_revision: form.elements.opened_revision.value });
      const answer = await post(desk.dataset.here, fields);
      if (!answer.ok) return;
      const said = await answer.json();
      others.hidden = !said.others.length;
      others.textContent = said.others.length ? `${names(said.others)} this open too.` : "";
      since.hidden = !said.saved || Boolean(document.getElementById("problems"));
      since.textContent = said.saved ? `${said.saved}: this article was saved while you have it open. Your text stays; when you save, you see both and choose.` : "";
    } catch { /* away for a moment: the next one comes */ }
  };
  here();
  setInterval(here, HERE);
})();

// What is typed into the comment form is kept in this browser until it is accepted: a closed
// tab or a crash loses nothing. It stays here, and a button beside it ends the keeping.
(() => {
  "use strict";
  const PREFIX = "backsite:comment:";
  const TYPED = ["text", "name", "email", "website"];
  const LONGEST = 30 * 24 * 3600 * 1000; // milliseconds; then it is nobody's draft any more
  const theForm = () => document.getElementById("comment-form");
  let keeping = true;

  const store = (() => {
    try {
      localStorage.setItem(`${PREFIX}try`, "1");
      localStorage.removeItem(`${PREFIX}try`);
      return localStorage;
    } catch {
      return null; // the reader has switched it off
    }
  })();

  // Another window may hold the same form: what was begun there is never written over. `seen`
  // is what a slot held when this page last looked; `own` the slot that this page went on to.
  const seen = {};
  const own = {};
  const base = (parent) => `${PREFIX}${theForm().dataset.article}:${parent || "0"}`;
  const slot = (parent) => own[base(parent)] || base(parent);
  const isOurs = (name) => {
    const kept = store.getItem(name);
    return kept === null || kept === seen[name];
  };
  const read = (name) => {
    try {
      return JSON.parse(store.getItem(name));
    } catch {
      return null;
    }
  };
  const forget = (name) => store && store.removeItem(name);
  const forgetOurs = (name) => { if (store && isOurs(name)) forget(name); };
  const all = () => Object.keys(store || {}).filter((name) => name.startsWith(PREFIX));

  for (const name of all()) {
    const draft = read(name);
    if (!draft || Date.now() - draft.at > LONGEST) forget(name);
  }
  // A page that shows the very comment as accepted (sent without JavaScript's help).
  for (const shown of document.querySelectorAll("[data-accepted]")) {
    const key = shown.dataset.accepted;
    for (const name of all()) if (key && (read(name) || {}).key === key) forget(name);
  }
  if (!theForm()) return;

  const note = (words, action, act) => {
    const box = theForm().querySelector(".draft-note");
    // Below the text: nothing moves under the hands of somebody who types.
    (document.getElementById("text-count") || theForm().elements.text).after(box);
    box.hidden = false;
    box.querySelector("p").textContent = words;
    const button = box.querySelector("button");
    button.hidden = !action;
    button.textContent = action;
    button.onclick = act;
    return box;
  };
  const quiet = () => { theForm().querySelector(".draft-note").hidden = true; };

  const save = () => {
    const form = theForm();
    if (!store || !keeping || !form) return;
    const parent = form.elements.parent.value;
    const typed = form.elements.text.value;
    if (!typed.trim()) {
      forgetOurs(slot(parent));
      return;
    }
    if (!isOurs(slot(parent)) && !typed.includes(((read(slot(parent)) || {}).text || "").trim())) {
      const mark = [...crypto.getRandomValues(new Uint8Array(6))].join("");
      own[base(parent)] = `${base(parent)}:${mark}`;
      // These are other words: a comment of their own.
      form.elements.submission_key.value = crypto.randomUUID ? crypto.randomUUID() : "";
    }
    const draft = { at: Date.now(), key: form.elements.submission_key.value };
    for (const name of TYPED) draft[name] = form.elements[name].value;
    const before = isOurs(slot(parent)) && read(slot(parent));
    const isSame = before && [...TYPED, "key"].every((name) => before[name] === draft[name]);
    try {
      if (!isSame) seen[slot(parent)] = JSON.stringify(draft); // its time: when it last changed
      if (!isSame) store.setItem(slot(parent), seen[slot(parent)]);
    } catch {
      return; // no room
    }
    if (form.querySelector(".draft-note").hidden) {
      note(form.dataset.keeps, form.dataset.keepNot, () => {
        keeping = false;
        all().forEach(forget);
        note(form.dataset.keepsNone, "", null);
      });
    }
  };

  // Of several the newest; the others come back when that one is thrown away, or sent and the
  // page opened again.
  const newest = (parent) => {
    const names = all().filter((name) => name === base(parent) || name.startsWith(`${base(parent)}:`));
    return names.sort((one, other) => (read(other) || {}).at - (read(one) || {}).at)[0];
  };
  const restore = (parent) => {
    const form = theForm();
    const name = store && newest(parent);
    const draft = name && read(name);
    if (!draft || form.elements.text.value.trim()) return;
    own[base(parent)] = name;
    seen[name] = store.getItem(name);
    for (const name of TYPED) if (!form.elements[name].value) form.elements[name].value = draft[name] || "";
    form.elements.submission_key.value = draft.key || "";
    note(form.dataset.back, form.dataset.throw, () => {
      forget(slot(form.elements.parent.value));
      for (const name of [...TYPED, "submission_key"]) form.elements[name].value = "";
      quiet();
      restore(form.elements.parent.value);
      count();
      form.elements.text.focus();
    });
    count();
  };

  // A line under the text says how much of it fits; read aloud only near the end.
  const NEAR = 200;
  const language = document.documentElement.lang || "en";
  const count = () => {
    const text = theForm().elements.text;
    let line = document.getElementById("text-count");
    if (!line) {
      line = document.createElement("p");
      line.id = "text-count";
      text.after(line);
    }
    const longest = Number(text.dataset.longest);
    const length = [...text.value.trim()].length;
    const left = longest - length;
    line.className = left < 0 ? "help counter over" : "help counter";
    line.setAttribute("aria-live", left < NEAR ? "polite" : "off");
    const numbers = left < 0 ? [length, -left] : [length, longest];
    const words = left < 0 ? theForm().dataset.tooMany : theForm().dataset.fits;
    line.textContent = words.replace(/\{\}/g, () => numbers.shift().toLocaleString(language));
  };

  let timer = 0;
  document.addEventListener("input", (event) => {
    if (event.target.form !== theForm()) return;
    if (event.target.name === "text") count();
    clearTimeout(timer);
    timer = setTimeout(save, 250);
  });
  addEventListener("pagehide", save);
  document.addEventListener("comment:moved", (event) => {
    // The words go along with the form; an empty form takes up what was begun there.
    const text = theForm().elements.text;
    if (text.value.trim()) {
      const begun = (store && read(slot(event.detail.to)) || {}).text || "";
      if (begun.trim() && !text.value.includes(begun.trim())) {
        text.value = `${begun.trimEnd()}\n\n${text.value}`;
        note(theForm().dataset.begun, "", null);
        count();
      }
      forgetOurs(slot(event.detail.from));
      save();
    } else {
      restore(event.detail.to);
    }
  });
  document.addEventListener("comment:accepted", (event) => {
    clearTimeout(timer);
    forgetOurs(slot(event.detail.parent));
    quiet();
  });
  document.addEventListener("comment:cleared", count);
  document.addEventListener("comment:replaced", () => { count(); save(); });

  count();
  restore(theForm().elements.parent.value);
  // Replies that were begun and not sent: their comments say so.
  for (const name of all()) {
    const [article, parent] = name.slice(PREFIX.length).split(":");
    const link = article === theForm().dataset.article && document.querySelector(`a.reply-link[data-reply-to="${CSS.escape(parent)}"]`);
    if (link && !link.dataset.begun) link.append(" (you began one)");
    if (link) link.dataset.begun = "";
  }
})();

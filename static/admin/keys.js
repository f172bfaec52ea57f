// Single keys for the desk. What a key presses stands in the page: data-key on a button, link,
// field or list. They are off in fields, and for whoever wants none (kept in this browser).
(() => {
  "use strict";
  const OFF = "backsite-no-keys";
  const dialog = document.querySelector("#keys");
  const opener = document.querySelector(".keys-open");
  if (!dialog || !opener) return;

  const store = (action) => {
    try { return action(window.localStorage); } catch { return null; }
  };
  const off = dialog.querySelector("[data-keys-off]");
  off.checked = store((box) => box.getItem(OFF)) === "yes";
  off.addEventListener("change", () => {
    store((box) => (off.checked ? box.setItem(OFF, "yes") : box.removeItem(OFF)));
  });
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());

  const typing = (target) =>
    target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName) ||
    (target.tagName === "INPUT" && !["checkbox", "radio", "button", "submit"].includes(target.type));

  // The list: one row at a time has the focus.
  const rows = [...document.querySelectorAll("#result_list tbody tr")];
  const openers = rows.map((row) => row.querySelector("th a, .field-opening_words a"));
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const go = (step) => {
    const now = here();
    const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : now + step;
    openers[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
  };
  const inList = {
    j: () => go(1),
    k: () => go(-1),
    x: () => rows[here()]?.querySelector("input[type=checkbox]")?.click(),
    "/": () => document.querySelector(".finder input[type=search]")?.focus(),
  };

  const press = (target) => {
    if (target.tagName === "SUMMARY") {
      target.parentElement.open = true;
      target.focus();
    } else if (["TEXTAREA", "SELECT"].includes(target.tagName)) {
      target.focus();
    } else {
      target.click();
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.tagName === "TEXTAREA") {
      event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (dialog.open || off.checked || typing(event.target)) return;
    const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    const action = rows.length && inList[event.key];
    if (!action && (!named || event.repeat)) return;
    event.preventDefault();
    if (action) action(); else press(named);
  });
})();

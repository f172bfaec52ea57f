// Makes the forms nicer; every one of them works without this file.
(() => {
  "use strict";

  // For the bot checks: how long the form was in use, and one key for one filling of it,
  // so that a button pressed twice is one comment.
  const began = new WeakMap();
  const newKey = () => crypto.randomUUID ? crypto.randomUUID() :
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

  document.addEventListener("focusin", (event) => {
    const form = event.target.closest("form");
    if (!form || began.has(form)) return;
    // A form that came back with an error goes on counting from where it was.
    const before = form.elements.elapsed ? Number(form.elements.elapsed.value) || 0 : 0;
    began.set(form, Date.now() - before);
    const key = form.elements.submission_key;
    if (key && !key.value) key.value = newKey();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.elements.elapsed && began.has(form)) {
      form.elements.elapsed.value = String(Date.now() - began.get(form));
    }
    const button = form.querySelector("button[type=submit]");
    if (button && form.method === "post") {
      // After this turn, so that the form is sent with the button's own value.
      setTimeout(() => { button.disabled = true; }, 0);
      setTimeout(() => { button.disabled = false; }, 8000);
    }
  });

  // A page that comes back with the Back button has its button ready again.
  addEventListener("pageshow", () => {
    document.querySelectorAll("form button[disabled]").forEach((button) => { button.disabled = false; });
  });
})();

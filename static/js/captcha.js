// reCAPTCHA without waiting for it: loaded when a form is first touched, asked at the
// moment of sending, so that no answer grows old. A form is sent in any case.
(() => {
  "use strict";
  const key = document.currentScript.dataset.siteKey;
  const FIELD = "g-recaptcha-response";
  const PATIENCE = 3000; // milliseconds; a reader does not wait longer for Google
  const state = new WeakMap(); // form -> "asking" or "ready"
  let loading = null;

  const load = () => {
    loading ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `https://www.google.com/recaptcha/api.js?render=${encodeURIComponent(key)}`;
      script.onload = () => window.grecaptcha.ready(resolve);
      // The next touch tries again: a train may only have been in a tunnel.
      script.onerror = () => { loading = null; script.remove(); reject(new Error("not loaded")); };
      document.head.append(script);
    });
    return loading;
  };

  const ask = () => load().then(() => window.grecaptcha.execute(key, { action: "form" }));

  document.addEventListener("focusin", (event) => {
    const form = event.target.closest("form");
    if (form && form.elements[FIELD]) load().catch(() => {});
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const field = form.elements[FIELD];
    if (!field || state.get(form) === "ready") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (state.get(form) === "asking") return; // a button pressed twice
    state.set(form, "asking");
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
    field.value = ""; // an answer from before the Back button was used up
    const answer = ask().catch(ask).then((token) => { field.value = token; });
    const patience = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
    // In a turn of its own: a form cannot be sent from inside its own submit event.
    Promise.race([answer, patience]).catch(() => {}).finally(() => setTimeout(() => {
      state.set(form, "ready");
      form.requestSubmit(button);
      state.delete(form);
      if (button) button.removeAttribute("aria-busy");
    }, 0));
  }, true);
})();

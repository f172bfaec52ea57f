// reCAPTCHA without waiting for it: loaded when a form is first touched, asked at the
// moment of sending, so that no answer grows old. A form is sent in any case.
(() => {
  "use strict";
  const key = document.currentScript.dataset.siteKey;
  const FIELD = "g-recaptcha-response";
  const PATIENCE = 3000; // milliseconds; a reader does not wait longer for Google
  let loading = null;

  const load = () => {
    loading ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `https://www.google.com/recaptcha/api.js?render=${encodeURIComponent(key)}`;
      script.onload = () => window.grecaptcha.ready(resolve);
      script.onerror = () => { loading = null; reject(new Error("not loaded")); };
      document.head.append(script);
    });
    return loading;
  };

  document.addEventListener("focusin", (event) => {
    const form = event.target.closest("form");
    if (form && form.elements[FIELD]) load().catch(() => {});
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const field = form.elements[FIELD];
    if (!field || field.dataset.asked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.dataset.asked = "yes";
    const answer = load()
      .then(() => window.grecaptcha.execute(key, { action: "form" }))
      .then((token) => { field.value = token; });
    const patience = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
    // In a turn of its own: a form cannot be sent from inside its own submit event.
    Promise.race([answer, patience]).catch(() => {}).finally(() => setTimeout(() => {
      form.requestSubmit();
      delete field.dataset.asked;
    }, 0));
  }, true);
})();

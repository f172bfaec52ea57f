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

  // "Reply" brings the form under the comment it answers instead of opening a page.
  const respond = document.getElementById("respond");
  const form = document.getElementById("comment-form");
  if (!respond || !form || !form.elements.parent) return;
  const heading = document.getElementById("respond-title");
  const cancel = respond.querySelector(".cancel-reply");
  const home = document.createComment("the form's place");
  const plainHeading = heading.textContent;
  respond.before(home);

  const answer = (link) => {
    form.elements.parent.value = link.dataset.replyTo;
    heading.textContent = `Leave a reply to ${link.dataset.replyName}`;
    cancel.hidden = false;
    link.closest(".comment").after(respond);
    form.elements.text.focus();
  };
  const goHome = (scroll) => {
    form.elements.parent.value = "";
    heading.textContent = plainHeading;
    cancel.hidden = true;
    home.after(respond);
    if (scroll) form.elements.text.focus();
  };
  let answered = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.reply-link");
    if (link) {
      event.preventDefault();
      answered = link;
      answer(link);
    } else if (event.target.closest(".cancel-reply") && answered) {
      event.preventDefault();
      goHome(false);
      answered.focus();
    }
  });
})();

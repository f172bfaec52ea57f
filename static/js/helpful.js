// Sends “Was this helpful?” without leaving the page; without this file a page says thanks.
(() => {
  "use strict";
  const box = document.getElementById("helpful");
  if (!box || !window.fetch) return;
  const said = box.querySelector(".helpful-said");

  // forms.js puts a pressed button to sleep; a sleeping one would not send its value.
  const ready = () => {
    box.querySelectorAll("button[disabled]").forEach((button) => { button.disabled = false; });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!box.contains(form) || form.dataset.plain) return;
    event.preventDefault();
    const button = event.submitter;
    const data = new FormData(form);
    if (button && button.name) data.set(button.name, button.value);
    said.textContent = "";
    fetch(form.action, { method: "POST", body: new URLSearchParams(data) }).then((answer) => {
      if (!answer.ok) {
        // The server has something to say: let its page say it, with the words in the form.
        form.dataset.plain = "1";
        ready();
        form.requestSubmit(button);
        return;
      }
      box.replaceChildren(said);
      box.removeAttribute("aria-labelledby");
      said.textContent = said.dataset.thanks;
      said.tabIndex = -1;
      said.focus();
    }).catch(() => {
      ready();
      said.textContent = said.dataset.failed;
    });
  });
})();

// Light or dark as the reader has switched it in this browser; else as the system says. It
// runs before the page is painted, so that nothing flashes.
(() => {
  "use strict";
  const SLOT = "backsite:theme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem(SLOT);
    } catch {
      return null; // the reader has switched it off
    }
  };
  const put = (theme) => {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  put(kept());

  document.addEventListener("DOMContentLoaded", () => {
    const line = document.querySelector(".theme");
    if (!line) return;
    const button = line.firstElementChild;
    const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
    const say = () => { button.textContent = isDark() ? button.dataset.light : button.dataset.dark; };
    button.addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      const isSystems = theme === (dark.matches ? "dark" : "light");
      put(isSystems ? null : theme);
      try {
        if (isSystems) localStorage.removeItem(SLOT);
        else localStorage.setItem(SLOT, theme);
      } catch {
        // It then lasts as long as this page.
      }
      say();
    });
    dark.addEventListener("change", say);
    addEventListener("storage", (event) => {
      if (event.key !== SLOT) return;
      put(event.newValue);
      say();
    });
    say();
    line.hidden = false;
  });
})();

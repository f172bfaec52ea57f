// Reading an article: where one is in it, its references in place, and that it was read.
// Without this file marks lead to the list of references, as links do.
(() => {
  "use strict";

  // The list of contents says which part is being read; it is open where there is room
  // for it beside the text.
  const contents = document.querySelector(".contents");
  if (contents && contents.parentElement.matches(".beside")) {
    const wide = matchMedia("(min-width: 80rem)");
    contents.open = wide.matches;
    wide.addEventListener("change", () => { contents.open = wide.matches; });
  }
  const links = contents ? [...contents.querySelectorAll('a[href^="#"]')] : [];
  const parts = links.map((link) => document.getElementById(link.hash.slice(1))).filter(Boolean);
  if (parts.length && parts.length === links.length) {
    let asked = false;
    const tell = () => {
      asked = false;
      const line = innerHeight / 3;
      const now = parts.findLastIndex((part) => part.getBoundingClientRect().top < line);
      links.forEach((link, number) => {
        if (number === now) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      });
    };
    if (parts.findLastIndex) addEventListener("scroll", () => {
      if (!asked) requestAnimationFrame(tell);
      asked = true;
    }, { passive: true });
  }

  // A reference mark opens its reference where one reads.
  const marks = document.querySelectorAll("sup.mark a");
  const list = document.querySelector(".references");
  const note = document.createElement("span");
  if (marks.length && list && "popover" in note) {
    note.className = "reference-note";
    note.popover = "manual";
    note.tabIndex = -1;
    note.setAttribute("role", "dialog");
    marks.forEach((mark) => mark.setAttribute("aria-haspopup", "dialog"));
    let mark = null;
    const isOpen = () => note.matches(":popover-open");
    const place = () => {
      const at = mark.getBoundingClientRect();
      const room = document.documentElement.clientWidth - note.offsetWidth - 16;
      note.style.top = `${at.bottom + scrollY + 6}px`;
      note.style.left = `${Math.max(16, Math.min(at.left - 24, room)) + scrollX}px`;
    };
    const close = () => {
      if (isOpen()) note.hidePopover();
    };
    const open = (item) => {
      const words = item.cloneNode(true);
      words.querySelectorAll(".back, .backs").forEach((back) => back.remove());
      const all = document.createElement("a");
      all.href = mark.hash;
      all.textContent = list.dataset.all;
      note.replaceChildren(...words.childNodes, " ", all);
      note.setAttribute("aria-label", mark.getAttribute("aria-label"));
      mark.parentElement.after(note); // next in the order of the keyboard and of reading, too
      note.showPopover();
      place();
      note.focus({ preventScroll: true });
    };
    document.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      const link = event.target.closest("sup.mark a");
      const item = link && document.getElementById(link.hash.slice(1));
      const again = isOpen() && mark === link;
      if (!note.contains(event.target) || event.target.closest('a[href^="#"]')) close();
      if (!item) return;
      event.preventDefault();
      mark = link;
      if (!again) open(item);
    });
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !isOpen()) return;
      close();
      mark.focus({ preventScroll: true });
    });
    note.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !note.contains(event.relatedTarget) && event.relatedTarget !== mark) close();
    });
    addEventListener("resize", () => { if (isOpen()) place(); });
  }

  // Counts that this article was read: once, after ten seconds in front of somebody.
  const article = document.querySelector("[data-read]");
  if (!article) return;
  let left = 10;
  const tick = setInterval(() => {
    if (document.visibilityState !== "visible" || --left > 0) return;
    clearInterval(tick);
    navigator.sendBeacon(article.dataset.read);
  }, 1000);
})();

// Counts how often a call to action came into view and was followed; about nobody.
(() => {
  "use strict";
  const blocks = document.querySelectorAll("[data-shown]");
  if (!blocks.length || !navigator.sendBeacon || !("IntersectionObserver" in window)) return;
  const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (!entry.isIntersecting) return;
    seen.unobserve(entry.target);
    navigator.sendBeacon(entry.target.dataset.shown);
  }), { threshold: 0.5 });
  blocks.forEach((block) => {
    seen.observe(block);
    block.addEventListener("click", (event) => {
      if (event.target.closest("a.button")) navigator.sendBeacon(block.dataset.followed);
    });
    // A call that brings something by mail holds the form for it.
    block.addEventListener("submit", () => navigator.sendBeacon(block.dataset.followed));
  });
})();

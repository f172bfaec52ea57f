// Counts that this article was read: once, after ten seconds in front of somebody.
(() => {
  "use strict";
  const address = document.currentScript.dataset.beacon;
  let left = 10;
  const tick = setInterval(() => {
    if (document.visibilityState !== "visible" || --left > 0) return;
    clearInterval(tick);
    navigator.sendBeacon(address);
  }, 1000);
})();

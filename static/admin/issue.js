// While an issue goes out, its numbers are read anew every few seconds; nothing else moves.
const SECONDS = 3;
const part = () => document.querySelector("[data-moves]");
async function look() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = fresh.querySelector("[data-moves]");
  if (!now) return location.reload(); // it is out, or was stopped
  part().replaceChildren(...now.childNodes);
}
if (part()) setInterval(() => look().catch(() => {}), SECONDS * 1000);

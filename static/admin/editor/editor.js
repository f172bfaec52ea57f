// Turns the text's field into an editor. The field stays what is sent: it is written to only
// when somebody changes something, so that opening and saving leaves a text as it was. Where
// anything fails, or the editor could not show every word, the field stays as it is without it.

const squeezed = (text) => text.replace(/\s+/g, "");
const wordsOf = (html) => squeezed(new DOMParser().parseFromString(html, "text/html").body.textContent);

// The references of the form on this page, saved or not, in the order of their numbers.
function references() {
  const rows = [...document.querySelectorAll("[name^='references-'][name$='-key']")]
    .filter((input) => input.value && !input.name.includes("__prefix__"))
    .map((input) => {
      const field = (name) =>
        document.getElementsByName(input.name.replace(/key$/, name))[0]?.value.trim() ?? "";
      const gone = document.getElementsByName(input.name.replace(/key$/, "DELETE"))[0]?.checked;
      const words = [field("authors"), field("year"), field("title")].filter(Boolean).join(", ");
      return { key: input.value, gone, place: Number(field("position")) || 10_000,
        label: `${input.value}: ${words}`.slice(0, 110) };
    });
  return rows.filter((row) => !row.gone).sort((one, other) => one.place - other.place);
}

// The site's newest pictures; none where they cannot be asked for.
async function choices(address) {
  if (!address) return [];
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok || response.redirected) return [];
  const { results } = await response.json();
  return results.map((one) => ({ ...one, id: one.picture }));
}

function note(area, words) {
  const line = Object.assign(document.createElement("p"), { className: "help editor-note", textContent: words });
  line.setAttribute("role", "status");
  area.parentElement.querySelector(".editor-note")?.remove();
  area.after(line);
  return line;
}

async function start(area) {
  const files = JSON.parse(area.dataset.editor);
  const [lib, schemas, { tools }] = await Promise.all([
    import(files.library), import(files.schema), import(files.tools),
  ]);
  const calls = JSON.parse(area.dataset.calls || "[]");
  const blocks = JSON.parse(area.dataset.blocks || "[]");
  const small = JSON.parse(area.dataset.pictures || "{}");
  const remember = (found) => {
    found.forEach((picture) => { small[picture.id] = picture.small; });
    return found;
  };
  const page = {
    references, calls, blocks,
    pictures: async () => remember(await choices(area.dataset.choose).catch(() => [])), say: (words) => note(frame, words),
  };
  const parts = schemas.extensions(lib, {
    reference: (key) => {
      const place = references().findIndex((one) => one.key === key);
      return place < 0 ? `${key}?` : String(place + 1);
    },
    picture: (id) => small[id],
    block: (key) => blocks.find((one) => one.key === key)?.title ?? key,
    call: (key) => calls.find((call) => call.key === key)?.title ?? key,
  });
  const schema = lib.getSchema(parts);
  const text = (html) => schemas.read(lib, schema, html);
  const shows = (html) => wordsOf(schemas.write(lib, schema, text(html))) === wordsOf(html);
  if (!shows(area.value)) {
    note(area, "This text holds something that the editor cannot show. It stands here as HTML, so that nothing gets lost.");
    return;
  }
  const frame = document.createElement("div");
  frame.className = "prose-editor article-editor";
  const box = document.createElement("div");
  box.className = "editor-box";
  area.before(box);
  box.append(frame, area);
  const editor = new lib.Editor({
    element: frame,
    extensions: [...parts, tools(lib, page), lib.Menu.configure({ groups: [
      { group: "blockType -lists", type: "dropdown", minItems: 2 }, { group: "lists" },
      { group: "nodes -blockType -lists -headings" }, { group: "marks" }, { group: "link" },
      { group: "ours" }, { group: "table" }, { group: "history" },
    ] })],
    content: text(area.value).toJSON(),
    editorProps: { attributes: { "aria-label": "Text", role: "textbox", "aria-multiline": "true" } },
    onUpdate: () => {
      area.value = schemas.write(lib, schema, editor.state.doc);
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  area.hidden = true;
  asHtml(area, frame, (html) => {
    if (!shows(html)) return false;
    editor.commands.setContent(text(html).toJSON(), { emitUpdate: false });
    return true;
  });
  // Whoever else fills the field (words kept from before) says so, and the editor shows it.
  area.addEventListener("article-editor:reload", () => {
    editor.commands.setContent(text(area.value).toJSON(), { emitUpdate: false });
  });
  area.dispatchEvent(new CustomEvent("article-editor:ready", { detail: { editor }, bubbles: true }));
}

// Between the editor and the HTML; both are the same field.
function asHtml(area, frame, take) {
  const button = Object.assign(document.createElement("button"), {
    type: "button", className: "link as-html", textContent: "Show it as HTML",
  });
  area.after(button);
  button.addEventListener("click", () => {
    if (!area.hidden && !take(area.value)) {
      note(button, "The editor cannot show all of this. It stays HTML, so that nothing gets lost.");
      return;
    }
    frame.parentElement.querySelector(".editor-note")?.remove();
    area.hidden = !area.hidden;
    frame.hidden = !frame.hidden;
    button.textContent = area.hidden ? "Show it as HTML" : "Show it in the editor";
  });
}

for (const area of document.querySelectorAll("textarea[data-editor]")) {
  start(area).catch((error) => {
    console.warn("The editor did not start; the field works without it.", error);
    area.hidden = false;
  });
}

// What a text in the editor may hold, and the HTML it is written as: the same form that
// articles/normal/ brings every text into. The two change together; a test sends texts
// through both.

// A mark's place here is its place in the HTML: the outermost first. As in articles/normal/lines.py.
const MARKS = ["link", "bold", "italic", "strike", "del", "ins", "mark", "small", "subscript",
  "superscript", "code", "kbd", "q", "abbr", "work"];

const attribute = (name, html, more = {}) => ({
  [name]: {
    default: null,
    parseHTML: (element) => element.getAttribute(html),
    renderHTML: (given) => (given[name] == null ? {} : { [html]: given[name] }),
    ...more,
  },
});
const attributes = (...names) => Object.assign({}, ...names.map((name) => attribute(name, name)));
const ranked = (extension) => extension.extend({ priority: 900 - MARKS.indexOf(extension.name) });

const element = (tag, text = "", className = "") =>
  Object.assign(document.createElement(tag), { textContent: text, className });

// Shown in place of what readers get; never part of the text.
const chip = (className, text) => {
  const dom = element("span", text, className);
  dom.contentEditable = "false";
  return dom;
};

function marks(lib) {
  const plain = (name, tag, ...given) => lib.Mark.create({
    name,
    addAttributes: () => attributes(...given),
    parseHTML: () => [{ tag }],
    renderHTML: ({ HTMLAttributes }) => [tag.split(":")[0], HTMLAttributes, 0],
  });
  const link = lib.Link.configure({ autolink: false, openOnClick: false, enableTarget: false }).extend({
    addAttributes: () => attributes("href", "title", "id"),
    parseHTML: () => [{ tag: "a[href]" }, { tag: "a[id]" }],
    renderHTML: ({ HTMLAttributes }) => ["a", HTMLAttributes, 0],
  });
  const strike = lib.Strike.extend({ parseHTML: () => [{ tag: "s" }, { tag: "strike" }] });
  return [link, lib.Bold, lib.Italic, strike, plain("del", "del", "datetime"),
    plain("ins", "ins", "datetime"), plain("mark", "mark"), plain("small", "small"),
    lib.Subscript, lib.Superscript, plain("code", "code"), plain("kbd", "kbd"), plain("q", "q"),
    plain("abbr", "abbr", "title"), plain("work", "cite:not([data-ref])")].map(ranked);
}

function atoms(lib, names) {
  const reference = lib.Node.create({
    name: "reference", group: "inline", inline: true, atom: true, selectable: true,
    addAttributes: () => attribute("key", "data-ref"),
    parseHTML: () => [{ tag: "cite[data-ref]", priority: 70 }],
    renderHTML: ({ HTMLAttributes }) => ["cite", HTMLAttributes],
    addNodeView: () => ({ node }) => {
      const dom = chip("chip reference", names.reference(node.attrs.key));
      dom.title = `Reference ${node.attrs.key}`;
      return { dom };
    },
  });
  const anchor = lib.Node.create({
    name: "anchor", group: "inline", inline: true, atom: true,
    addAttributes: () => attributes("id"),
    parseHTML: () => [{
      tag: "a[id]:not([href])", priority: 70,
      getAttrs: (found) => (found.textContent.trim() || found.children.length ? false : null),
    }],
    renderHTML: ({ HTMLAttributes }) => ["a", HTMLAttributes],
    addNodeView: () => ({ node }) => ({ dom: chip("chip", `#${node.attrs.id}`) }),
  });
  const image = lib.Node.create({
    name: "image", group: "inline", inline: true, draggable: true,
    addAttributes: () => ({
      ...attributes("src", "alt", "width", "height"), ...attribute("picture", "data-picture"),
    }),
    parseHTML: () => [{ tag: "img" }],
    renderHTML: ({ HTMLAttributes }) => ["img", HTMLAttributes],
    addNodeView: () => ({ node }) => {
      const src = node.attrs.src ?? names.picture(node.attrs.picture);
      if (!src) return { dom: chip("chip", `Picture ${node.attrs.picture ?? ""}`) };
      const dom = element("img");
      Object.assign(dom, { src, alt: node.attrs.alt ?? "", title: node.attrs.alt ?? "" });
      return { dom };
    },
  });
  const embed = lib.Node.create({
    name: "embed", group: "block", atom: true, draggable: true,
    addAttributes: () => ({
      ...attribute("address", "data-embed"),
      title: { default: "", rendered: false, parseHTML: (found) => found.textContent.trim() },
    }),
    parseHTML: () => [{ tag: "figure[data-embed]", priority: 70 }],
    renderHTML: ({ node, HTMLAttributes }) => (node.attrs.title
      ? ["figure", HTMLAttributes, ["figcaption", {}, node.attrs.title]]
      : ["figure", HTMLAttributes]),
    addNodeView: () => ({ node }) => {
      const dom = element("div", "", "block embed");
      dom.append(element("strong", node.attrs.title || "A film or recording"),
        element("span", node.attrs.address));
      return { dom };
    },
  });
  const call = lib.Node.create({
    name: "call", group: "block", atom: true, draggable: true,
    addAttributes: () => attribute("key", "data-cta"),
    parseHTML: () => [{ tag: "aside[data-cta]", priority: 70 }],
    renderHTML: ({ HTMLAttributes }) => ["aside", HTMLAttributes],
    addNodeView: () => ({ node }) => {
      const dom = element("div", "", "block call");
      dom.append(element("strong", "Call to action"), element("span", names.call(node.attrs.key)));
      return { dom };
    },
  });
  const ofLetters = lib.Node.create({
    name: "ofLetters", group: "block", atom: true, draggable: true,
    addAttributes: () => attribute("what", "data-block"),
    parseHTML: () => [{ tag: "aside[data-block]", priority: 70 }],
    renderHTML: ({ HTMLAttributes }) => ["aside", HTMLAttributes],
    addNodeView: () => ({ node }) => {
      const dom = element("div", "", "block call");
      const { what } = node.attrs;
      dom.append(element("strong", "From the site"), element("span", names.block?.(what) ?? what));
      return { dom };
    },
  });
  return [reference, anchor, image, embed, call, ofLetters];
}

function boxes(lib) {
  const box = (name, content, tag, more = {}) => lib.Node.create({
    name, content, defining: true,
    parseHTML: () => [{ tag }],
    renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes, 0],
    ...more,
  });
  // A closed <details> would hide its text from whoever edits it.
  const open = (className) => () => () => {
    const dom = element("div", "", className);
    return { dom, contentDOM: dom };
  };
  return [
    box("note", "block+", "aside", { group: "block", addAttributes: () => attribute("kind", "data-note") }),
    box("figureBox", "block+ figcaption?", "figure", { group: "block", isolating: true }),
    box("figcaption", "inline*", "figcaption"),
    box("details", "summary block*", "details", { group: "block", addNodeView: open("block details") }),
    box("summary", "inline*", "summary", { addNodeView: open("summary") }),
    box("terms", "(term | meaning)+", "dl", { group: "block" }),
    box("term", "inline*", "dt"),
    box("meaning", "block+", "dd"),
    lib.Node.create({
      name: "listing", group: "block", content: "inline*", code: true, defining: true, whitespace: "pre",
      parseHTML: () => [{ tag: "pre", preserveWhitespace: "full" }],
      renderHTML: () => ["pre", 0],
    }),
  ];
}

function table(lib) {
  const words = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;
  const caption = {
    default: null,
    parseHTML: (found) => found.querySelector(":scope > caption")?.innerHTML ?? null,
    renderHTML: (given) => (given.caption
      ? { "data-caption": given.caption, "data-words": words(given.caption) } : {}),
  };
  return [
    lib.Table.configure({ resizable: false }).extend({
      addAttributes() { return { ...this.parent?.(), caption }; },
      parseHTML: () => [{ tag: "table" }, { tag: "caption", ignore: true }],
    }),
    lib.TableRow, lib.TableCell,
    lib.TableHeader.extend({ addAttributes() { return { ...this.parent?.(), ...attributes("scope") }; } }),
  ];
}

export function extensions(lib, names) {
  const once = { keepOnSplit: false };
  return [
    lib.Document, lib.Text, lib.Paragraph, lib.HardBreak, lib.HorizontalRule, lib.Dropcursor,
    lib.Gapcursor, lib.History, lib.BulletList,
    lib.Heading.configure({ levels: [2, 3, 4] }).extend({
      addAttributes() { return { ...this.parent?.(), ...attribute("id", "id", once) }; },
    }),
    lib.Blockquote.extend({ addAttributes: () => attributes("cite") }),
    lib.OrderedList.extend({
      addAttributes: () => attributes("start", "reversed"),
      renderHTML: ({ HTMLAttributes }) => ["ol", HTMLAttributes, 0],
    }),
    lib.ListItem.extend({ content: "block+" }),
    ...table(lib), ...boxes(lib), ...atoms(lib, names), ...marks(lib),
  ];
}

export function read(lib, schema, html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  return lib.pm.model.DOMParser.fromSchema(schema).parse(body);
}

export function write(lib, schema, doc) {
  const apart = document.implementation.createHTMLDocument("");
  const box = apart.createElement("div");
  const serializer = lib.pm.model.DOMSerializer.fromSchema(schema);
  box.append(serializer.serializeFragment(doc.content, { document: apart }));
  box.querySelectorAll("table").forEach(headAndCaption);
  box.querySelectorAll("li, td, th, dd, figure").forEach(tighten);
  return [...box.children].map((block) => block.outerHTML)
    .filter((block) => block !== "<p></p>").join("\n");
}

// One paragraph in a box stands there without its tags.
function tighten(box) {
  const [first, ...rest] = box.children;
  const may = { LI: ["UL", "OL"], FIGURE: ["FIGCAPTION"] }[box.tagName] ?? [];
  if (first?.tagName === "P" && rest.every((next) => may.includes(next.tagName))) {
    first.replaceWith(...first.childNodes);
  }
}

// How many rows at the top are the head: of nothing but headings, none of which reaches below.
function heads(rows) {
  const other = rows.findIndex((row) => [...row.children].some((cell) => cell.tagName !== "TH"));
  let [cut, end] = [0, 0];
  rows.slice(0, other < 0 ? rows.length : other).forEach((row, number) => {
    end = Math.max(end, ...[...row.children].map((cell) => number + cell.rowSpan));
    if (end === number + 1) cut = end;
  });
  return cut;
}

function headAndCaption(found) {
  const apart = found.ownerDocument;
  const rows = [...found.querySelectorAll(":scope > tbody > tr")];
  const cut = heads(rows);
  const caption = found.getAttribute("data-caption");
  for (const cell of found.querySelectorAll("th, td")) {
    const keep = ["colspan", "rowspan", "scope"].flatMap((name) => {
      const value = cell.getAttribute(name);
      return value === null || (name !== "scope" && value === "1") ? [] : [[name, value]];
    });
    [...cell.attributes].forEach(({ name }) => cell.removeAttribute(name));
    keep.forEach(([name, value]) => cell.setAttribute(name, value));
  }
  [...found.attributes].forEach(({ name }) => found.removeAttribute(name));
  found.replaceChildren();
  if (caption) {
    const line = found.appendChild(apart.createElement("caption"));
    line.innerHTML = caption;
  }
  for (const [tag, part] of [["thead", rows.slice(0, cut)], ["tbody", rows.slice(cut)]]) {
    if (part.length) found.appendChild(apart.createElement(tag)).append(...part);
  }
}

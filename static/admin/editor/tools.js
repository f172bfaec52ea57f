// The buttons above the text: those of the library, and one for each of our own blocks.

const form = (lib, title, fields, submitText = "Put it in") =>
  (editor, given = {}) => lib.updateAttrsDialog(fields, { title, submitText })(editor, given);

// A list whose first entry is chosen: one that begins empty would be sent empty.
const choice = (title, all) => ({ title, enum: all, default: all[0] });

// With the cursor on a line after it: what is put in next would else take its place.
const alone = (block) => [block, { type: "paragraph" }];

const escaped = (text) => {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
};

export function tools(lib, page) {
  return lib.Extension.create({
    name: "tools",
    addMenuItems({ buttons, menu }) {
      const define = (name, groups, button, command, more = {}) =>
        menu.defineItem({ name, groups, button, command, ...more });
      const put = (editor, content) => editor.chain().focus().insertContent(content).run();

      define("picture", "ours", buttons.material("image", "Picture"), async (editor) => {
        const selected = editor.isActive("image") ? editor.getAttributes("image") : null;
        const ours = await page.pictures();
        const given = await pictureForm(lib, ours, selected)(editor, asked(selected, ours));
        if (!given) return;
        const attrs = imageOf(given, ours);
        if (!attrs.src && !attrs.picture) return;
        if (selected) editor.chain().focus().updateAttributes("image", attrs).run();
        else put(editor, figureOf(given, attrs));
      }, { active: (editor) => editor.isActive("image") });

      define("reference", "ours", buttons.material("format_list_numbered_rtl", "Reference mark"),
        async (editor) => {
          const known = page.references();
          if (!known.length) {
            page.say("There is no reference yet: add one under “References” below, then mark it here.");
            return;
          }
          const fields = { which: choice("The source", known.map((one) => one.label)) };
          const given = await form(lib, "Mark a claim with its source", fields)(editor);
          const chosen = given && known.find((one) => one.label === given.which);
          if (chosen) put(editor, { type: "reference", attrs: { key: chosen.key } });
        });

      define("note", "ours", buttons.material("info", "Note box"), (editor) => {
        if (!editor.isActive("note")) editor.chain().focus().wrapIn("note", { kind: "doctor" }).run();
        else editor.chain().focus().lift("note").run();
      }, { active: (editor) => editor.isActive("note") });

      define("call", "ours", buttons.material("campaign", "Call to action"), async (editor) => {
        const labelled = page.calls.map((call) => ({ ...call, label: `${call.title} (${call.key})` }));
        if (!labelled.length) {
          page.say("There is no call to action yet: make one under “Calls to action” in the desk.");
          return;
        }
        const fields = { which: choice("Which one", labelled.map((call) => call.label)) };
        const given = await form(lib, "Call to action", fields)(editor);
        const chosen = given && labelled.find((call) => call.label === given.which);
        if (chosen) put(editor, alone({ type: "call", attrs: { key: chosen.key } }));
      });

      if (page.blocks.length) define("block", "ours", buttons.material("newspaper", "Articles and answers"),
        async (editor) => {
          const fields = { which: choice("What to put in", page.blocks.map((one) => one.title)),
            address: { title: "Or the address of another article",
              description: "As it stands on the site: /articles/its-name/." } };
          const given = await form(lib, "Articles and answers", fields)(editor);
          if (!given) return;
          const slug = given.address?.trim().replace(/\/+$/, "").split("/").pop();
          const what = slug ? `articles:${slug}` : page.blocks.find((one) => one.title === given.which)?.key;
          if (what) put(editor, alone({ type: "ofLetters", attrs: { what } }));
        });

      define("embed", "ours", buttons.material("smart_display", "Film or recording"), async (editor) => {
        const given = await form(lib, "Film or recording at another site", {
          address: { title: "Its address", format: "url", required: true,
            description: "YouTube, Vimeo, TED, SoundCloud, Spotify or Apple Podcasts. Readers see a "
              + "card with a link; nothing is loaded from there before they follow it." },
          title: { title: "What it shows", required: true },
        })(editor);
        if (given) put(editor, { type: "embed", attrs: given });
      });

      define("table:caption", "table", buttons.text("Caption", "Caption of the table"), async (editor) => {
        const { caption } = editor.getAttributes("table");
        const words = new DOMParser().parseFromString(caption ?? "", "text/html").body.textContent;
        const fields = { words: { title: "What the table shows" } };
        const given = await form(lib, "Caption of the table", fields, "Change it")(editor, { words });
        if (!given || given.words === words) return;
        editor.chain().focus().updateAttributes("table", { caption: escaped(given.words.trim()) || null }).run();
      }, { hidden: (editor) => !editor.isActive("table") });
    },
  });
}

const ELSEWHERE = "One that is not among them, by its address";
const named = (picture) => `${picture.id}: ${picture.title}`;
const asked = (selected, ours) => {
  const picture = ours.find((one) => String(one.id) === selected?.picture);
  return { ...selected, which: picture ? named(picture) : selected && ELSEWHERE };
};

function pictureForm(lib, ours, selected) {
  const fields = {};
  if (ours.length) {
    const all = ours.map(named);
    fields.which = choice("One of this site’s pictures", selected ? [ELSEWHERE, ...all] : [...all, ELSEWHERE]);
  }
  fields.src = { title: ours.length ? "Or its address" : "Address of the picture",
    description: "It begins with /media/. Pictures are uploaded under “Pictures” in the desk." };
  fields.alt = { title: "What it shows, for those who cannot see it", format: "textarea" };
  if (!selected) {
    fields.caption = { title: "Caption" };
    fields.credit = { title: "Credit: who made it", description: "Empty, if the picture brings its own." };
  }
  return form(lib, selected ? "Change the picture" : "Picture", fields, selected ? "Change it" : "Put it in");
}

function imageOf(given, ours) {
  const src = given.src.trim();
  const picture = src ? null : ours.find((one) => named(one) === given.which);
  return { src: src || null, alt: given.alt.trim() || picture?.alt || "",
    picture: picture ? String(picture.id) : null };
}

function figureOf(given, attrs) {
  const image = { type: "image", attrs };
  const [caption, credit] = [given.caption.trim(), given.credit.trim()];
  const line = [];
  if (caption) line.push({ type: "text", text: credit ? `${caption} ` : caption });
  if (credit) line.push({ type: "text", text: credit, marks: [{ type: "small" }] });
  const content = [{ type: "paragraph", content: [image] }];
  if (line.length) content.push({ type: "figcaption", content: line });
  return { type: "figureBox", content };
}

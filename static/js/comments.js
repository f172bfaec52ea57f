// Comments in place: "Reply" brings the form, sending shows the comment where it belongs,
// "More comments" adds them below. Every one of these works as a page without this file.
(() => {
  "use strict";
  const section = document.getElementById("comments");
  const respond = document.getElementById("respond");
  const theForm = () => document.getElementById("comment-form");
  if (!respond || !theForm()) return;
  const PATIENCE = 30000; // milliseconds
  const PART = { "X-Part": "1" };

  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };
  // For drafts.js.
  const announce = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  // "Reply" moves the form under the comment it answers instead of opening a page.
  const home = document.createComment("the form's place");
  const plainHeading = document.getElementById("respond-title").textContent;
  const isOwnPage = !section; // the page of one answer: its form stays where it is
  if (!isOwnPage) respond.before(home);
  let answered = null;

  const setParent = (pk, heading) => {
    const field = theForm().elements.parent;
    const before = field.value;
    field.value = pk;
    document.getElementById("respond-title").textContent = heading;
    respond.querySelector(".cancel-reply").hidden = !pk;
    if (before !== pk) announce("comment:moved", { from: before, to: pk });
  };
  const answer = (link) => {
    answered = link;
    link.closest(".comment").after(respond);
    setParent(link.dataset.replyTo, theForm().dataset.reply.replace("{}", () => link.dataset.replyName));
    theForm().elements.text.focus();
  };
  const goHome = () => {
    if (isOwnPage) return;
    home.after(respond);
    setParent("", plainHeading);
  };

  document.addEventListener("click", (event) => {
    const reply = event.target.closest("a.reply-link");
    const cancel = event.target.closest(".cancel-reply a");
    const more = event.target.closest("#more-comments a[rel=next]");
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (reply) {
      event.preventDefault();
      answer(reply);
    } else if (cancel && !isOwnPage) {
      event.preventDefault();
      const back = answered;
      goHome();
      (back && back.isConnected ? back : theForm().elements.text).focus();
    } else if (more) {
      event.preventDefault();
      loadMore(more);
    }
  });

  // Sending. Whatever goes wrong, the words stay in the form.
  const tell = (words) => {
    respond.querySelectorAll(".notice.problem").forEach((old) => old.remove());
    const notice = parsed('<div class="notice problem" role="alert" tabindex="-1"><p></p></div>').firstChild;
    notice.firstChild.textContent = words;
    theForm().before(notice);
    notice.focus();
  };
  const ready = () => {
    // After forms.js, which lets go of the button by a timer.
    setTimeout(() => theForm().querySelectorAll("button").forEach((button) => { button.disabled = false; }), 50);
  };

  const listFor = (parent) => {
    const item = parent.closest("li");
    let depth = 0;
    for (let list = item.closest("ol.thread"); list; list = list.parentElement.closest("ol.thread")) depth += 1;
    if (section && depth > Number(section.dataset.deepest)) return item.parentElement;
    let list = item.querySelector(":scope > ol.thread");
    if (!list) {
      list = document.createElement("ol");
      list.className = "thread";
      item.append(list);
    }
    return list;
  };
  const topList = () => {
    let list = document.getElementById("threads");
    if (!list) {
      list = document.createElement("ol");
      list.className = "thread";
      list.id = "threads";
      section.querySelectorAll(".invitation").forEach((line) => line.remove());
      section.append(list);
    }
    return list;
  };
  const show = (item) => {
    const parent = item.dataset.parent && document.getElementById(`comment-${item.dataset.parent}`);
    const own = item.querySelector(".comment");
    const old = document.getElementById(own.id); // the same words sent twice are one comment
    if (old) old.closest("li").remove();
    if (parent && parent.closest("li")) listFor(parent).append(item);
    else if (isOwnPage) respond.before(parsed('<ol class="thread"></ol>').firstChild), respond.previousElementSibling.append(item);
    else if ("newestFirst" in section.dataset) topList().prepend(item);
    else topList().append(item);
    const note = item.querySelector(".held-note") || own;
    note.tabIndex = -1;
    note.focus({ preventScroll: true });
    own.scrollIntoView({ block: "center" });
  };
  const accepted = (html) => {
    const item = parsed(html).querySelector("li");
    const form = theForm();
    announce("comment:accepted", { parent: form.elements.parent.value });
    for (const name of ["text", "submission_key", "elapsed"]) form.elements[name].value = "";
    respond.querySelectorAll(".notice.problem, .error").forEach((old) => old.remove());
    respond.querySelectorAll(".has-error").forEach((field) => field.classList.remove("has-error"));
    goHome();
    show(item);
    announce("comment:cleared");
  };
  const refused = (html) => {
    const form = theForm();
    const wrote = new FormData(form);
    respond.replaceChildren(parsed(html));
    announce("comment:replaced", { wrote });
    const problem = respond.querySelector(".notice.problem");
    if (problem) problem.focus();
  };
  const send = async (form) => {
    let response;
    let html;
    try {
      const body = new URLSearchParams(new FormData(form));
      const signal = AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined;
      response = await fetch(form.action, { method: "POST", body, headers: PART, signal });
      html = await response.text();
    } catch {
      tell(form.dataset.unreached);
      return;
    }
    if (response.status === 201) accepted(html);
    else if (response.status === 422 || response.status === 403) refused(html);
    else {
      const said = parsed(html).querySelector("[data-problem]");
      const reason = said ? said.textContent : form.dataset.ourFault;
      tell(`${reason} ${form.dataset.notPosted}`);
    }
  };
  document.addEventListener("submit", (event) => {
    if (event.target !== theForm() || event.defaultPrevented) return;
    event.preventDefault();
    send(event.target).finally(ready);
  });

  // "More comments", below those that are there.
  const loadMore = async (link) => {
    link.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(link.href);
      if (!response.ok) throw new Error(String(response.status));
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = [...page.querySelectorAll("#threads > li")].filter((item) => {
        const comment = item.querySelector(".comment");
        return !(comment && document.getElementById(comment.id));
      });
      topList().append(...fresh);
      const next = page.getElementById("more-comments");
      document.getElementById("more-comments").replaceWith(next || "");
      const first = fresh.length && fresh[0].querySelector(".comment");
      if (first) {
        first.tabIndex = -1;
        first.focus();
      }
    } catch {
      location.assign(link.href);
    }
  };

  // An address of a comment that has moved to another page of the discussion.
  const wanted = /^#comment-(\d+)$/.exec(location.hash);
  if (section && wanted && !document.getElementById(wanted[0].slice(1))) {
    const address = section.dataset.permalink.replace("0", wanted[1]);
    fetch(address, { method: "HEAD" }).then((response) => {
      if (response.ok && new URL(response.url).pathname !== location.pathname) location.replace(address);
    }).catch(() => {});
  }
})();

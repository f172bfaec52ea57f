// Uploading by dragging, each file on its own and told of at once; the focal point by a press
// on the picture. Without this file both work by plain form fields.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";

  const told = (list, name) => {
    const item = document.createElement("li");
    const words = document.createElement("p");
    const title = document.createElement("strong");
    title.textContent = name;
    words.append(title, " is being uploaded …");
    item.append(words);
    list.append(item);
    return (result) => {
      words.replaceChildren(title, " ");
      if (result.problem) {
        item.className = "problem";
        words.append(`was not taken. ${result.problem}`);
        return;
      }
      const image = document.createElement("img");
      image.className = "picture-small";
      image.src = result.small;
      image.alt = "";
      image.width = 160;
      item.prepend(image);
      const link = document.createElement("a");
      link.href = result.edit;
      link.textContent = "Describe it";
      words.append(`${result.words} `, link);
    };
  };

  const send = async (form, file) => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("answer", "json");
    body.append("files", file);
    try {
      const response = await fetch(form.action, { method: "POST", body });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      return (await response.json()).results[0];
    } catch (error) {
      return { problem: `The site did not answer as it should (${error.message}). It is still on your computer: try again, and log in again if you are asked to.` };
    }
  };

  document.querySelectorAll("[data-drop]").forEach((form) => {
    const list = form.querySelector("[data-results]");
    const field = form.querySelector("input[type=file]");
    const button = form.querySelector("button");
    if (form.querySelector("[name=_popup]")) return; // one file, then the window closes
    form.querySelector("[data-drop-hint]").hidden = false;
    button.hidden = true;
    // One after the other: decoding a large picture takes the server's memory.
    let queue = Promise.resolve();
    const upload = (files) => {
      [...files].forEach((file) => {
        const tell = told(list, file.name);
        queue = queue.then(() => send(form, file)).then(tell);
      });
    };
    field.addEventListener("change", () => { upload(field.files); field.value = ""; });
    form.addEventListener("submit", (event) => { event.preventDefault(); upload(field.files); });
    ["dragenter", "dragover"].forEach((kind) => form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add("over");
    }));
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(event.relatedTarget)) form.classList.remove("over");
    });
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      upload(event.dataTransfer.files);
    });
  });

  document.querySelectorAll("[data-focus]").forEach((frame) => {
    const x = document.querySelector("#id_focus_x");
    const y = document.querySelector("#id_focus_y");
    const mark = frame.querySelector(".focus-mark");
    if (!x || !y) return;
    const show = () => {
      mark.hidden = false;
      mark.style.left = `${x.value * 100}%`;
      mark.style.top = `${y.value * 100}%`;
    };
    document.querySelector("[data-focus-hint]").hidden = false;
    frame.addEventListener("click", (event) => {
      const box = frame.getBoundingClientRect();
      const part = (value) => Math.min(1, Math.max(0, value)).toFixed(2);
      x.value = part((event.clientX - box.left) / box.width);
      y.value = part((event.clientY - box.top) / box.height);
      show();
    });
    [x, y].forEach((field) => field.addEventListener("input", show));
    show();
  });
});

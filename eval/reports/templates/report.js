"use strict";
(() => {
  const form = document.querySelector(".filters");
  const cases = [...document.querySelectorAll("details.case")];
  const none = document.querySelector(".none");
  const texts = new Map();
  const textOf = (each) => {
    if (!texts.has(each)) texts.set(each, each.textContent.toLowerCase().replace(/\s+/g, " "));
    return texts.get(each);
  };
  const field = (name) => form.elements.namedItem(name);
  const states = {
    "": () => true,
    attention: (each) => each.dataset.state !== "right",
    worse: (each) => each.dataset.change === "worse",
    better: (each) => each.dataset.change === "better",
  };
  const fits = (each, words) =>
    states[field("state").value](each) &&
    (!field("cause").value || each.dataset.cause.split(" ").includes(field("cause").value)) &&
    (!field("tag").value || each.dataset.tags.split("\n").includes(field("tag").value)) &&
    (!field("gold").value || each.dataset.gold === field("gold").value) &&
    words.every((word) => textOf(each).includes(word));
  const filter = () => {
    const words = field("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of cases) {
      each.hidden = !fits(each, words);
      shown += each.hidden ? 0 : 1;
    }
    field("tally").value = `${shown} of ${cases.length} cases`;
    none.hidden = shown > 0;
  };
  const everything = () => {
    for (const name of ["text", "cause", "tag", "gold"]) field(name).value = "";
    field("state").value = "";
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const found = target && target.closest("details.case");
    if (!found) return;
    if (found.hidden) {
      everything();
      filter();
    }
    found.open = true;
    target.scrollIntoView();
  };

  if (!cases.some((each) => each.dataset.state !== "right")) field("state").querySelector("[value='']").defaultSelected = true;
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("click", (event) => {
    const wanted = event.target.dataset.do;
    if (wanted) for (const each of cases) if (!each.hidden) each.open = wanted === "open";
  });
  for (const link of document.querySelectorAll("[data-filter]"))
    link.addEventListener("click", () => {
      everything();
      if (link.dataset.filter === "cause") field("state").value = "attention";
      field(link.dataset.filter).value = link.dataset.value;
      if (link.dataset.filter !== "cause") field("state").value = "attention";
      filter();
    });
  addEventListener("hashchange", follow);
  filter();
  follow();
})();

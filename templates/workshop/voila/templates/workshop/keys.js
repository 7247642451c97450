// The keyboard in the workshop, in the web page and in JupyterLab alike.
(function () {
  if (window.crmKeys) { return; }
  window.crmKeys = true;
  var hasEntered = false;
  var unmarked = ":not([data-lm-suppress-shortcuts])";
  var mine = [".crm button", ".crm input", ".crm select", ".crm textarea", ".crm h1", ".crm [tabindex]"].map(
    function (one) { return one + unmarked; }).join();
  // After "Next question" the keyboard is at the question, and a screen reader reads it.
  function turn() {
    var title = document.querySelector(".crm-content h1");
    if (title) { title.tabIndex = -1; title.focus(); title.scrollIntoView({ block: "center" }); }
  }
  // One group of lines: a single stop of the Tab key, arrow keys within it, and a name for screen readers.
  function group() {
    document.querySelectorAll(".crm .widget-radio-box:not([role])").forEach(function (box, place) {
      var label = box.parentElement.querySelector(".widget-label");
      box.setAttribute("role", "radiogroup");
      if (label) { box.setAttribute("aria-label", label.textContent); }
      var name = "crm-" + Date.now() + "-" + place;
      box.querySelectorAll("input").forEach(function (one) { one.name = name; });
    });
    document.querySelectorAll(".crm .widget-toggle-buttons:not([role])").forEach(function (box) {
      var label = box.querySelector(".widget-label");
      box.setAttribute("role", "group");
      if (label && label.textContent) { box.setAttribute("aria-label", label.textContent); }
    });
  }
  // A slider is named by the label beside it; ipywidgets does not tie them.
  function name() {
    document.querySelectorAll(".crm [role=slider]:not([aria-label])").forEach(function (one) {
      var box = one.closest(".jupyter-widgets"), label = box && box.querySelector(".widget-label");
      if (label) { one.setAttribute("aria-label", label.textContent); }
    });
  }
  function prepare() {
    group();
    name();
    document.querySelectorAll("button.crm-keep").forEach(function (one) {
      one.setAttribute("aria-keyshortcuts", "Alt+K");
      one.title = "Alt and K";
    });
    // In JupyterLab a letter would be a command to the notebook, such as cutting the cell that one answers in. It looks
    // for the mark at whatever has the focus.
    document.querySelectorAll(mine).forEach(function (one) { one.dataset.lmSuppressShortcuts = "true"; });
  }
  // Alt and K keep the answer of the round before, wherever the keyboard is. An access key would be other keys in other
  // browsers.
  function keep(event) {
    var button = document.querySelector("button.crm-keep");
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyK" || event.repeat) { return; }
    if (button && button.offsetParent !== null) { event.preventDefault(); button.focus(); button.click(); }
  }
  // 0 to 5, N and D choose the line that begins with them, while the keyboard is in the question and not in a text.
  function press(event) {
    var at = event.target;
    if (event.altKey || event.ctrlKey || event.metaKey || !at.closest || !at.closest(".crm-content")) { return; }
    if (at.matches("textarea, select, input:not([type=radio])")) { return; }
    var boxes = at.closest(".crm-content").querySelectorAll(".widget-radio-box");
    var starts = { n: "NA - ", d: "DK - " }[event.key.toLowerCase()] || event.key + " - ";
    if (boxes.length !== 1 || !/^[0-5nd]$/i.test(event.key)) { return; }
    boxes[0].querySelectorAll("label").forEach(function (line) {
      if (line.textContent.trim().indexOf(starts) === 0) {
        var dot = line.querySelector("input");
        dot.focus();
        dot.click();
        event.preventDefault();
      }
    });
  }
  document.addEventListener("keydown", keep);
  document.addEventListener("keydown", press);
  new MutationObserver(function (changes) {
    var isInQuestion = changes.some(function (one) { return one.target.closest && one.target.closest(".crm-content"); });
    prepare();
    var at = document.activeElement, title = document.querySelector(".crm-content h1");
    if (title && !hasEntered) { hasEntered = true; turn(); return; }
    if (isInQuestion && at && at.closest(".crm-turn")) { turn(); }
  }).observe(document.body, { childList: true, subtree: true });
  prepare();
})();

/** The supervision tree: one list item per node, changed in place so that the eye sees what moved. */
import { animate, byId, element, setText } from "./dom.js";
import { keepingFocus, setUpTreeFocus } from "./treeFocus.js";

const ENDED = ["done", "stopped"];
const nodes = new Map();
let onSelect = () => {};

export function setUpTree(select) {
  onSelect = select;
  setUpTreeFocus();
  byId("filter").addEventListener("input", applyFilter);
  byId("show-ended").addEventListener("change", applyFilter);
}

/** Draws a whole tree afresh. */
export function showTree(root) {
  keepingFocus(() => {
    nodes.clear();
    byId("tree").replaceChildren();
    for (const child of root.children) addBelow(byId("tree"), child, null);
    hideUnwanted();
  });
}

/** Applies changed nodes: new ones appear, known ones flash; red when they fail, green when they come back. */
export function changeNodes(changed) {
  for (const node of changed) {
    const known = nodes.get(node.id);
    if (known === undefined) {
      const parent = nodes.get(node.parent);
      addBelow(parent?.list ?? byId("tree"), { ...node, children: [] }, node.parent);
      animate(nodes.get(node.id).button, "flash");
      continue;
    }
    const before = known.node;
    known.node = node;
    draw(known);
    if (isHurt(node.status) && !isHurt(before.status)) animate(known.button, "hurt");
    else if (node.restarts > before.restarts) animate(known.button, "healed");
    else if (node.version !== before.version) animate(known.button, "flash");
  }
  if (changed.length > 0) applyFilter();
}

/** Processes have no deltas of their own: they come with every status. */
export function showProcesses(processes) {
  const platform = nodes.get("platform");
  if (platform === undefined) return;
  for (const line of processes) {
    const node = {
      id: line.name,
      label: line.name,
      kind: "process",
      status: line.status,
      state: line.detail,
      restarts: line.restarts,
      version: 0,
    };
    const known = nodes.get(line.name);
    if (known === undefined) addBelow(platform.list, { ...node, children: [] }, "platform");
    else changeNodes([{ ...node, parent: "platform" }]);
  }
}

function addBelow(list, node, parent) {
  const parts = {
    dot: element("span", { class: "dot" }),
    label: element("span", { class: "label" }),
    state: element("span", { class: "state" }),
    restarts: element("span", { class: "badge" }),
    trouble: element("span", { class: "badge" }),
  };
  const below = element("ul", { role: "group", id: `below-${nodes.size}` });
  const role = { role: "treeitem", tabindex: -1, "aria-owns": below.id };
  const button = element("button", { class: "node", type: "button", ...role }, ...Object.values(parts));
  const item = element("li", { role: "none", "data-id": node.id, "data-kind": node.kind }, button, below);
  const entry = { node, parent, item, button, list: below, parts };
  button.addEventListener("click", () => onSelect(entry.node));
  nodes.set(node.id, entry);
  const after = [...list.children].find(
    (sibling) => compare(sibling.dataset.id, node.id) > 0 && sibling.dataset.kind !== "supervisor",
  );
  list.insertBefore(item, after ?? null);
  draw(entry);
  for (const child of node.children) addBelow(below, child, node.id);
}

function draw({ node, parts, item }) {
  item.dataset.status = node.status;
  parts.dot.dataset.tone = node.status;
  parts.dot.title = node.status;
  setText(parts.label, node.label);
  setText(
    parts.state,
    node.status === "active" || node.kind === "process"
      ? node.state
      : `${node.status}${node.state === "" ? "" : ` · ${node.state}`}`,
  );
  parts.restarts.hidden = node.restarts === 0;
  setText(parts.restarts, `${node.restarts} restart${node.restarts === 1 ? "" : "s"}`);
  parts.trouble.hidden = !isHurt(node.status);
  parts.trouble.dataset.tone = node.status === "quarantined" ? "bad" : "warn";
  setText(parts.trouble, node.status === "quarantined" ? "quarantined" : "backing off");
  parts.trouble.title = node.lastError ?? "";
}

function applyFilter() {
  keepingFocus(hideUnwanted);
}

/** A node shows when it or something below it matches; ended ones only when asked for. */
function hideUnwanted() {
  const wanted = byId("filter").value.trim().toLowerCase();
  const showEnded = byId("show-ended").checked;
  const visible = new Set();
  for (const [id, { node }] of nodes) {
    const text = `${node.label} ${node.kind} ${node.state} ${node.status}`.toLowerCase();
    if ((!showEnded && ENDED.includes(node.status)) || !text.includes(wanted)) continue;
    for (let at = id; at !== null && at !== undefined && !visible.has(at); at = nodes.get(at)?.parent) visible.add(at);
  }
  for (const [id, { item }] of nodes) item.hidden = !visible.has(id);
}

function isHurt(status) {
  return status === "backingOff" || status === "quarantined" || status === "failed";
}

function compare(left, right) {
  return left.localeCompare(right, "en", { numeric: true });
}

/** The tree under the keyboard, by the WAI-ARIA tree pattern: the Tab key stops at one node, the arrow keys go on from there. */
import { byId } from "./dom.js";

const SHOWN = "li:not([hidden]) > .node";

/** The node at which the Tab key stops. */
let current;

const TARGETS = {
  ArrowDown: (nodes, at) => nodes[at + 1],
  ArrowUp: (nodes, at) => nodes[at - 1],
  ArrowLeft: (nodes, at) => above(nodes[at]),
  ArrowRight: (nodes, at) => nodes[at].parentElement.querySelector(`:scope > ul > ${SHOWN}`),
  Home: (nodes) => nodes[0],
  End: (nodes) => nodes.at(-1),
};

export function setUpTreeFocus() {
  const tree = byId("tree");
  tree.addEventListener("focusin", ({ target }) => stopAt(target));
  tree.addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey } = event;
    if (!Object.hasOwn(TARGETS, key) || altKey || ctrlKey || metaKey) return;
    event.preventDefault();
    const nodes = shown();
    TARGETS[key](nodes, nodes.indexOf(target))?.focus();
  });
}

/** Runs what adds, hides or replaces nodes: the focus stays with its node, or goes to the next one above it that still shows. */
export function keepingFocus(change) {
  const hadFocus = current !== undefined && current === document.activeElement;
  const ids = [];
  for (let node = current; node; node = above(node)) ids.push(idOf(node));
  change();
  const nodes = shown();
  const nodeOf = new Map(nodes.map((node) => [idOf(node), node]));
  const left = ids.find((id) => nodeOf.has(id));
  const next = left === undefined ? nodes[0] : nodeOf.get(left);
  stopAt(next);
  if (hadFocus) next?.focus();
}

function stopAt(node) {
  if (current !== undefined) current.tabIndex = -1;
  current = node;
  if (current !== undefined) current.tabIndex = 0;
}

function shown() {
  return [...byId("tree").querySelectorAll(SHOWN)];
}

function idOf(node) {
  return node.parentElement.dataset.id;
}

function above(node) {
  return node.parentElement.parentElement.closest("li")?.querySelector(":scope > .node");
}

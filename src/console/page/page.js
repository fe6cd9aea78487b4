/** The page: one stream of server-sent events drives everything; it reconnects by itself and says when it is lost. */
import { byId, element, setText } from "./dom.js";
import { resetOverview, showCredits, showEvents, showStatus } from "./overview.js";
import { showPipelines } from "./pipelines.js";
import { showTours } from "./tours.js";
import { changeNodes, setUpTree, showProcesses, showTree } from "./tree.js";

let selected;
setUpTree((node) => select(node.kind === "process" || node.kind === "supervisor" ? undefined : node.id));
byId("detail-close").addEventListener("click", () => select(undefined));
globalThis.addEventListener("hashchange", followHash);
connect();
followHash();

function connect() {
  const stream = new EventSource("api/events");
  stream.addEventListener("open", () => link("live", "live"));
  stream.addEventListener("error", () => link("lost", "connection lost, trying again"));
  on(stream, "welcome", ({ status, tree, events, credits }) => {
    resetOverview();
    showTree(tree);
    showStatus(status);
    readMore(status);
    showProcesses(status.processes);
    showEvents(events);
    showCredits(credits);
  });
  on(stream, "changes", ({ nodes, events, credits }) => {
    changeNodes(nodes);
    showEvents(events);
    showCredits(credits);
    if (nodes.some((node) => node.id === selected)) void loadDetail();
  });
  on(stream, "status", (status) => {
    showStatus(status);
    readMore(status);
    showProcesses(status.processes);
    showCredits([]);
  });
}

/** The stream says by itself when the daemon is gone. */
function readMore(status) {
  showPipelines(status).catch((error) => setText(byId("pipeline-note"), `not read: ${error.message}`));
  showTours(status).catch((error) => setText(byId("tour-count"), `not read: ${error.message}`));
}

function on(stream, name, handle) {
  stream.addEventListener(name, (message) => handle(JSON.parse(message.data)));
}

function link(state, text) {
  byId("link").dataset.state = state;
  setText(byId("link"), text);
}

/** The selected actor is in the address bar, so that it can be linked to. */
function select(address) {
  const hash = address === undefined ? "" : `#${encodeURIComponent(address)}`;
  if (location.hash === hash) followHash();
  else if (hash === "") {
    history.replaceState(null, "", location.pathname);
    followHash();
  } else location.hash = hash;
}

function followHash() {
  selected = location.hash.length > 1 ? decodeURIComponent(location.hash.slice(1)) : undefined;
  byId("detail").hidden = selected === undefined;
  if (selected !== undefined) void loadDetail();
}

async function loadDetail() {
  const address = selected;
  const response = await fetch(`api/actors/${address.split("/").map(encodeURIComponent).join("/")}`);
  const actor = await response.json();
  if (address !== selected) return;
  setText(byId("detail-title"), address);
  if (!response.ok) {
    byId("detail-facts").replaceChildren();
    setText(byId("detail-json"), actor.error);
    return;
  }
  const facts = {
    kind: actor.kind,
    status: actor.status,
    version: `${actor.version}, incarnation ${actor.incarnation}, ${actor.restarts} restarts`,
    changed: new Date(actor.updatedAtMs).toISOString(),
    "last error": actor.lastError ? `${actor.lastError.name}: ${actor.lastError.message}` : undefined,
  };
  byId("detail-facts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) =>
      value === undefined ? [] : [element("dt", {}, name), element("dd", {}, value)],
    ),
  );
  setText(byId("detail-json"), JSON.stringify({ value: actor.value, context: actor.context }, null, 2));
}

/** Tables of the page. Each cell carries the name of its column: on a narrow screen rows become cards without a heading line. */
import { element } from "./dom.js";

/** Replaces the rows of a table; `empty` is said where there are none. */
export function fillTable(table, rows, empty) {
  const names = [...table.tHead.rows[0].cells].map((heading) => heading.textContent);
  const said = () => row(element("td", { colspan: names.length, class: "empty" }, empty));
  const shown = rows.length > 0 ? rows : [said()];
  for (const line of shown)
    for (const [index, cell] of [...line.cells].entries()) if (cell.className !== "empty") cell.dataset.label = names[index];
  table.tBodies[0].replaceChildren(...shown);
}

/** The roles are said because a row that is laid out as a card is no table row to every browser. */
export function row(...cells) {
  for (const cell of cells) cell.setAttribute("role", "cell");
  return element("tr", { role: "row" }, ...cells);
}

/** A cell of that class; its content is text or an element. */
export function cell(name, ...content) {
  return element("td", { class: name === "" ? undefined : name }, ...content);
}

/** The coloured point before a name. */
export function dot(tone) {
  return element("span", { class: "dot", "data-tone": tone, title: tone });
}

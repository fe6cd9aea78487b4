import { STATUS_CODES } from "node:http";
import type { WireAnswer } from "../envelope.ts";

/** The page that a proxy in front of the game answers with: HTML, and none of the game's headers. */
export function proxyPage(status: number): WireAnswer {
  const title = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  const text = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "Content-Type": "text/html" }, text };
}

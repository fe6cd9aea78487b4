/** What is not even a request: answered in the envelope where the client can still read, and its connection closed. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { errorBody, refuse } from "./refusal.ts";

/** Listener for a server's `clientError`: broken HTTP, headers too long, a request that never ends. */
export function answerBrokenRequest(cause: NodeJS.ErrnoException, socket: Duplex): void {
  if (cause.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = diagnosis(cause.code);
  const text = JSON.stringify(errorBody(refuse(status, 3001, message)));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
}

function diagnosis(code: string | undefined): { status: number; message: string } {
  if (code === "HPE_HEADER_OVERFLOW") return { status: 431, message: "The request's address or headers are too long." };
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return { status: 408, message: "The request did not arrive in time." };
  return { status: 400, message: "The request is not valid HTTP/1.1." };
}

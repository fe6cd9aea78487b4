/** Requests that an honest client cannot send: any path, any bytes. */
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";

export interface RawAnswer {
  status: number;
  contentType: string | undefined;
  text: string;
}

export interface RawRequest {
  method: string;
  /** As it goes out, unencoded and not normalised. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
}

export function rawRequest(origin: string, { method, path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers, agent: AGENT }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, contentType: response.headers["content-type"], text });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const AGENT = new Agent({ keepAlive: true });

/** Sends bytes over a bare socket and ends it; resolves with what came back when the other side has closed. */
export function rawBytes(origin: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    const finish = () => resolve(Buffer.concat(chunks).toString("utf8"));
    socket.on("data", (chunk) => chunks.push(chunk));
    // A reset is an answer too: what was received until then.
    socket.on("error", finish);
    socket.on("close", finish);
    socket.end(bytes);
  });
}

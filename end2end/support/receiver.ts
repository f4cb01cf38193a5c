// A real HTTP server that keeps what it is asked and answers as the test says.
import http from 'node:http';
import { AddressInfo } from 'node:net';
import { Queue } from './queue';

export interface Received {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  /** The body as text, byte for byte. */
  body: string;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is text. */
  body?: unknown;
  /** How long the caller waits. */
  afterMs?: number;
}

export class Receiver {
  readonly requests = new Queue<Received>();
  /** What every request is answered that `next` says nothing about. */
  answer: (request: Received) => Answer = () => ({ body: { ok: true } });

  private readonly scripted: Answer[] = [];
  private readonly held = new Map<string, Promise<void>>();
  private readonly server = http.createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    const answer = this.scripted.shift() ?? this.answer(request);
    this.requests.add(request);
    await this.held.get(path);
    setTimeout(() => {
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      const type = typeof answer.body === 'string' ? 'text/plain' : 'application/json';
      outgoing.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers }).end(text);
    }, answer.afterMs ?? 0);
  });

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>(ready => receiver.server.listen(0, '127.0.0.1', ready));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the next requests are answered, in this order; then `answer` again. */
  next(...answers: Answer[]): void {
    this.scripted.push(...answers);
  }

  /** Keeps whoever asks for this path waiting until then. */
  hold(path: string, until: Promise<void>): void {
    this.held.set(path, until);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>(closed => this.server.close(() => closed()));
  }
}

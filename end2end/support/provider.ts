// An OAuth2 server with a page where a person says yes, and an API behind it. It checks the client, the code and PKCE.
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export class Provider {
  static readonly client = { id: 'flowpilot', secret: 'canary-client-secret' };
  private readonly codes = new Map<string, { challenge: string; redirect: string }>();
  private readonly tokens = new Set<string>();
  private count = 0;

  private constructor(private readonly server: http.Server, readonly url: string) {}

  static async start(): Promise<Provider> {
    const server = http.createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const provider = new Provider(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void provider.answer(request, response));
    return provider;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    let body = '';
    for await (const chunk of request) body += chunk;
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.pathname === '/authorize') return void this.ask(url, response);
    if (url.pathname === '/allow') return void this.allow(url, response);
    if (url.pathname === '/token') return void this.give(new URLSearchParams(body), request, json);
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    json(this.tokens.has(token) ? 200 : 401, {});
  }

  /** The page of the service. */
  private ask(url: URL, response: http.ServerResponse): void {
    const page = `<!doctype html><html lang="en"><title>Service</title><main><h1>FlowPilot wants to act for you</h1>
      <a href="/allow${url.search.replaceAll('&', '&amp;')}">Allow</a></main></html>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  }

  private allow(url: URL, response: http.ServerResponse): void {
    const part = (name: string) => url.searchParams.get(name) ?? '';
    const code = `code-${++this.count}`;
    this.codes.set(code, { challenge: part('code_challenge'), redirect: part('redirect_uri') });
    const back = new URL(part('redirect_uri'));
    back.searchParams.set('code', code);
    back.searchParams.set('state', part('state'));
    response.writeHead(302, { location: back.href }).end();
  }

  private give(asked: URLSearchParams, request: http.IncomingMessage, json: (status: number, value: unknown) => void): void {
    const login = Buffer.from(`${Provider.client.id}:${Provider.client.secret}`).toString('base64');
    if (request.headers.authorization !== `Basic ${login}`) return json(401, { error: 'invalid_client' });
    const code = this.codes.get(asked.get('code') ?? '');
    this.codes.delete(asked.get('code') ?? '');
    const proof = createHash('sha256').update(asked.get('code_verifier') ?? '').digest('base64url');
    if (code?.challenge !== proof || code.redirect !== asked.get('redirect_uri')) return json(400, { error: 'invalid_grant' });
    const token = `canary-access-${++this.count}`;
    this.tokens.add(token);
    json(200, { access_token: token, refresh_token: `canary-refresh-${this.count}`, expires_in: 3600, token_type: 'Bearer' });
  }
}

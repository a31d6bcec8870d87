// The app that people sign in to: openid-client behind a small server, registered as a client of its own.
import { createServer } from 'node:http';
import * as oidc from 'openid-client';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issuer, keyward } from '../env/keyward.mjs';

// A square of one colour.
const logo = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#7a3e9d"/><circle cx="32" cy="32" r="16" fill="#fff"/></svg>',
);

export class App {
  #server = createServer((request, response) => this.#receive(request, response));
  #waiting = [];
  #received = [];

  /** `metadata` is RFC 7591 JSON; `withLogo` adds a logo from the app's own origin. */
  static async register({ organization, name, scope = 'openid profile email', metadata = {}, withLogo = false, flags = [] }) {
    const app = new App();
    await new Promise((resolve) => app.#server.listen(0, '127.0.0.1', resolve));
    app.#server.unref();
    app.url = `http://127.0.0.1:${app.#server.address().port}`;
    app.redirectUri = `${app.url}/callback`;
    app.scope = scope;
    const folder = await mkdtemp(join(tmpdir(), 'keyward-app-'));
    try {
      const file = join(folder, 'metadata.json');
      const links = { client_uri: app.url, policy_uri: `${app.url}/privacy`, tos_uri: `${app.url}/terms`, ...(withLogo && { logo_uri: `${app.url}/logo.svg` }) };
      await writeFile(file, JSON.stringify({ ...links, ...metadata }));
      app.registered = await keyward(
        ['client', 'create', '--org', organization, '--name', name, '--redirect-uri', app.redirectUri, '--scope', scope, '--metadata', file, ...flags],
      );
    } finally {
      await rm(folder, { recursive: true });
    }
    const { client_id: id, client_secret: secret } = app.registered;
    app.config = await oidc.discovery(new URL(issuer), id, undefined, secret ? oidc.ClientSecretBasic(secret) : oidc.None(), {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    });
    return app;
  }

  /** A new sign-in: the address to open, and what to do with the answer that comes back. */
  async begin(parameters = {}) {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
    const url = oidc.buildAuthorizationUrl(this.config, {
      redirect_uri: this.redirectUri,
      scope: this.scope,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...parameters,
    });
    return { url: url.href, state: checks.expectedState, tokens: async () => oidc.authorizationCodeGrant(this.config, await this.answer(), checks) };
  }

  /** The next request that reaches the redirect URI. */
  answer() {
    if (this.#received.length) return Promise.resolve(this.#received.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #receive(request, response) {
    const url = new URL(request.url, this.url);
    if (url.pathname === '/logo.svg') {
      response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(logo);
    } else if (url.pathname === '/callback') {
      const chunks = await Array.fromAsync(request);
      const { method, headers } = request;
      const answer = new Request(url, { method, headers: { 'Content-Type': headers['content-type'] ?? '' }, body: method === 'POST' ? Buffer.concat(chunks) : undefined });
      const waiting = this.#waiting.shift();
      if (waiting) waiting(answer);
      else this.#received.push(answer);
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><html lang="en"><title>Back</title><h1 id="back">Back at the app</h1>');
    } else {
      response.writeHead(404).end();
    }
  }
}

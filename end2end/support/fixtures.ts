// What every spec starts from. `import { test, expect } from '../support/fixtures'`.
//   server    the real program; one per spec file, with data of its own
//   page      a browser page; a warning or error in its console fails the test, unless `console.allow(/…/)` was said
//   owner     the same page, logged in as the owner (who is created by the setup link)
//   mailbox   a real SMTP server       receiver  a real HTTP server
import { Page, TestInfo, expect, test as base } from '@playwright/test';
import { Mailbox } from './mailbox';
import { Receiver } from './receiver';
import { Server } from './server';

export const OWNER = { workspace: 'Acme', name: 'Ada Lovelace', email: 'ada@example.com', password: 'three words are plenty' };

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;

/** The server of the spec file under way. */
class Host {
  private file?: string;
  private server?: Server;
  /** The owner's session, once there is one. */
  cookies?: Cookies;

  async of(file: string): Promise<Server> {
    if (this.file !== file) {
      await this.close();
      this.server = await Server.start();
      this.file = file;
    }
    return this.server!;
  }

  async close(): Promise<void> {
    await this.server?.remove();
    this.server = this.file = this.cookies = undefined;
  }
}

/** What the page's console said and nobody expected. */
export class Console {
  readonly complaints: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Says beforehand that such a message may come. */
  allow(message: RegExp): void {
    this.allowed.push(message);
  }

  watch(page: Page): void {
    page.on('pageerror', error => this.complain(`uncaught: ${error.message}`));
    page.on('console', message => {
      const { url } = message.location();
      if (['warning', 'error'].includes(message.type())) this.complain(`${message.type()}: ${message.text()} (${url})`);
    });
  }

  unexpected(): string[] {
    return this.complaints.filter(complaint => !this.allowed.some(allowed => allowed.test(complaint)));
  }

  private complain(complaint: string): void {
    this.complaints.push(complaint);
  }
}

interface OfTest {
  server: Server;
  console: Console;
  owner: Page;
  mailbox: Mailbox;
  receiver: Receiver;
}

export const test = base.extend<OfTest, { host: Host }>({
  host: [async ({}, use) => {
    const host = new Host();
    await use(host);
    await host.close();
  }, { scope: 'worker' }],

  server: async ({ host }, use, info) => {
    const server = await host.of(info.file);
    const before = server.log.length;
    await use(server);
    await attachLog(info, server.log.slice(before));
  },

  baseURL: async ({ server }, use) => use(server.url),

  console: async ({}, use) => {
    const console = new Console();
    await use(console);
    expect(console.unexpected(), 'the browser console stays silent').toEqual([]);
  },

  page: async ({ page, console }, use) => {
    console.watch(page);
    await use(page);
  },

  owner: async ({ page, server, host }, use) => {
    if (host.cookies) {
      await page.context().addCookies(host.cookies);
    } else {
      await createOwner(page, server);
      host.cookies = await page.context().cookies();
    }
    await use(page);
  },

  mailbox: async ({}, use) => {
    const mailbox = await Mailbox.open();
    await use(mailbox);
    await mailbox.close();
  },

  receiver: async ({}, use) => {
    const receiver = await Receiver.open();
    await use(receiver);
    await receiver.close();
  },
});

export { expect };

/** Opens a page of the server and waits until it answers to clicks. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await awake(page);
}

/** Waits until the server-rendered page answers to clicks. */
export async function awake(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-awake', '');
}

/** Creates the owner as a person does: through the link that the server printed. */
export async function createOwner(page: Page, server: Server): Promise<void> {
  expect(server.setupLink, 'the server has no owner yet').toBeTruthy();
  await open(page, server.setupLink!);
  await page.getByLabel('Workspace').fill(OWNER.workspace);
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('Email').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await page.waitForURL(url => url.pathname === '/');
  await awake(page);
}

async function attachLog(info: TestInfo, log: string): Promise<void> {
  const failed = info.status !== info.expectedStatus;
  if (failed && log) await info.attach('server log', { body: log, contentType: 'text/plain' });
}

// A real SMTP server that keeps what it receives.
import { AddressInfo } from 'node:net';
import { ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { Queue } from './queue';

export class Mailbox {
  /** What arrived, parsed. */
  readonly mails = new Queue<ParsedMail>();
  /** When set, every mail is refused with this sentence. */
  refusal?: string;
  /** The login that is asked for; any is taken while there is none. */
  login?: { user: string; password: string };

  private readonly server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) => {
      const welcome = !this.login || (username === this.login.user && password === this.login.password);
      done(welcome ? null : new Error('Invalid login'), { user: username });
    },
    onData: async (stream, _session, done) => {
      const mail = await simpleParser(stream);
      if (this.refusal) return done(Object.assign(new Error(this.refusal), { responseCode: 550 }));
      this.mails.add(mail);
      done();
    },
  });

  static async open(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    await new Promise<void>(ready => mailbox.server.listen(0, '127.0.0.1', ready));
    return mailbox;
  }

  get host(): string {
    return '127.0.0.1';
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise<void>(closed => this.server.close(() => closed()));
  }
}

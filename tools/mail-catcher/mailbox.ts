import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import PostalMime, { type Address } from 'postal-mime';

/** A mail as it was caught. */
export interface Mail {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
}

/** What was caught, newest first. With a folder every mail is also a file there, and there again after a restart. */
export class Mailbox {
  private mails: Mail[] = [];
  private readonly folder: string | undefined;

  private constructor(folder: string | undefined) {
    this.folder = folder;
  }

  /** @param folder where .eml files are kept; without one, mail is forgotten when the process ends */
  static async open(folder: string | undefined): Promise<Mailbox> {
    const mailbox = new Mailbox(folder);
    if (folder === undefined) return mailbox;
    mkdirSync(folder, { recursive: true });
    // The names begin with the time of receiving, so that their order is the order of the mails.
    for (const name of mailbox.files().toSorted()) {
      mailbox.mails.unshift(await read(path.basename(name, '.eml'), readFileSync(path.join(folder, name))));
    }
    return mailbox;
  }

  /** Keeps a mail as it came over the wire. */
  async add(raw: Buffer): Promise<Mail> {
    const id = `${Date.now()}-${randomBytes(4).toString('hex')}`;
    const mail = await read(id, raw);
    if (this.folder !== undefined) writeFileSync(path.join(this.folder, `${id}.eml`), raw);
    this.mails.unshift(mail);
    return mail;
  }

  list(): readonly Mail[] {
    return this.mails;
  }

  withId(id: string): Mail | undefined {
    return this.mails.find((mail) => mail.id === id);
  }

  clear(): void {
    this.mails = [];
    for (const name of this.files()) rmSync(path.join(this.folder ?? '', name), { force: true });
  }

  private files(): string[] {
    return this.folder === undefined ? [] : readdirSync(this.folder).filter((name) => name.endsWith('.eml'));
  }
}

async function read(id: string, raw: Buffer): Promise<Mail> {
  const mail = await PostalMime.parse(raw);
  return {
    id,
    from: mail.from ? addressText(mail.from) : '',
    to: (mail.to ?? []).map(addressText).join(', '),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    messageId: mail.messageId ?? '',
    receivedAt: new Date(Number.parseInt(id, 10)).toISOString(),
  };
}

function addressText(address: Address): string {
  if (address.address === undefined) return address.group.map(addressText).join(', ');
  return address.name === '' ? address.address : `${address.name} <${address.address}>`;
}

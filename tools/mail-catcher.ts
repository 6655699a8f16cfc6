// The mail catcher: takes every mail over SMTP, passes none on, and shows what it took.
import { once } from 'node:events';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import { Eta } from 'eta';
import fastify, { type FastifyInstance } from 'fastify';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { z } from 'zod';
import { projectRoot } from '../src/runtime/project-files.ts';
import { shutdownOnSignal, reportReady } from '../src/runtime/parent-process.ts';
import { Mailbox } from './mail-catcher/mailbox.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const environment = z.object({
  /** Where mail is taken; 0: a free port, reported to the parent process. */
  SMTP_PORT: port,
  /** Where the inbox is shown; 0 as above. */
  MAIL_PORT: port,
  /** A folder that keeps the mails as .eml files over a restart. */
  MAIL_DIR: z.string().min(1).optional(),
});

const HOST = '127.0.0.1';
const MAX_MAIL_BYTES = 10 * 1024 * 1024;

try {
  const settings = environment.parse(process.env);
  const mailbox = await Mailbox.open(settings.MAIL_DIR);
  const inbox = createInbox(mailbox);
  const smtp = createSmtpServer(mailbox);
  shutdownOnSignal(async () => {
    await inbox.close();
    await new Promise<void>((resolve) => smtp.close(resolve));
  });
  const smtpSocket = smtp.listen(settings.SMTP_PORT, HOST);
  await once(smtpSocket, 'listening');
  await inbox.listen({ host: HOST, port: settings.MAIL_PORT });
  reportReady({ smtpPort: portOf(smtpSocket.address()), port: portOf(inbox.server.address()) });
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

function createSmtpServer(mailbox: Mailbox): SMTPServer {
  return new SMTPServer({
    // It has neither a certificate nor users.
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    closeTimeout: 500,
    onData: callbackify((stream: SMTPServerDataStream, _session: SMTPServerSession) => keep(stream, mailbox)),
  }).on('error', (error: Error) => console.error('SMTP:', error.message));
}

/** Keeps a mail and says under which name. */
async function keep(stream: SMTPServerDataStream, mailbox: Mailbox): Promise<string> {
  const raw = await buffer(stream);
  if (stream.sizeExceeded) throw new Error(`a mail may be ${MAX_MAIL_BYTES} bytes at most`);
  return `kept as ${(await mailbox.add(raw)).id}`;
}

/**
 * GET    /              the inbox for people
 * GET    /messages      every mail as JSON, newest first
 * GET    /messages/:id  one mail for people
 * DELETE /messages      forgets all of them
 */
function createInbox(mailbox: Mailbox): FastifyInstance {
  const eta = new Eta({ views: path.join(projectRoot, 'tools/mail-catcher'), cache: true, autoEscape: true });
  const inbox = fastify({ forceCloseConnections: true });

  inbox.addHook('onSend', (_request, reply, payload, done) => {
    // What is in a mail was written by anybody: none of it may run or load anything here.
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    done(null, payload);
  });
  inbox.get('/', (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(eta.render('./inbox.eta', { mails: mailbox.list() })),
  );
  inbox.get('/messages', () => mailbox.list());
  inbox.get<{ Params: { id: string } }>('/messages/:id', (request, reply) => {
    const mail = mailbox.withId(request.params.id);
    if (!mail) return reply.code(404).type('text/plain; charset=utf-8').send('There is no such mail.\n');
    return reply.type('text/html; charset=utf-8').send(eta.render('./message.eta', mail));
  });
  inbox.delete('/messages', (_request, reply) => {
    mailbox.clear();
    return reply.code(204).send();
  });
  return inbox;
}

function portOf(address: ReturnType<SMTPServer['server']['address']>): number {
  if (address === null || typeof address === 'string')
    throw new Error('the server is not listening on a port');
  return address.port;
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) {
    return `The mail catcher's settings (environment variables) are not usable:\n${z.prettifyError(error)}`;
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return (
      `Port ${String(error.port)} is in use by another program, and the mail catcher was to listen there.\n` +
      'Stop that program, or choose another port with SMTP_PORT (taking mail) or MAIL_PORT (showing it).'
    );
  }
  return `The mail catcher cannot start. ${error instanceof Error ? error.message : String(error)}`;
}

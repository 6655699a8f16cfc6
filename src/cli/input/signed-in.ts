import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { roles } from '../../domain/roles.ts';
import { Unreachable, UsageError } from '../output/exit.ts';

const sessionSchema = z.object({
  /** Of the API that has signed the person in. */
  url: z.url(),
  /** For the API; never shown. */
  secret: z.string(),
  name: z.string(),
  subscriberId: z.string(),
  /** When they signed in. */
  roles: z.array(z.enum(roles)),
  validUntil: z.iso.datetime(),
});

/** A person who is signed in at the command line. */
export type Session = z.infer<typeof sessionSchema>;

/** In the person's own configuration folder (XDG Base Directory Specification). */
function sessionFile(): string {
  const folder = process.env['XDG_CONFIG_HOME'] ?? '';
  const config = path.isAbsolute(folder) ? folder : path.join(os.homedir(), '.config');
  return path.join(config, 'payment-block', 'session.json');
}

/** Who is signed in; undefined where no one is. @throws UsageError where that cannot be read, or is over */
export function signedIn(): Session | undefined {
  const session = keptSession();
  if (session === undefined || new Date(session.validUntil) > new Date()) return session;
  throw new UsageError(ENDED);
}

/** The session that is kept, be it over. */
export function keptSession(): Session | undefined {
  const file = sessionFile();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return sessionSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`${file} is no session: remove it, and sign in again`);
  }
}

export const ENDED =
  'your session has ended: sign in again, or sign out ("payment-block sign-out") to say by --by who you are';

/** Keeps a session for the commands that follow: no other user of the machine can read it. */
export function keepSession(session: Session): void {
  const file = sessionFile();
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const written = `${file}.${process.pid}`;
  writeFileSync(written, JSON.stringify(session), { mode: 0o600 });
  renameSync(written, file);
}

export function forgetSession(): void {
  rmSync(sessionFile(), { force: true });
}

const answer = z.looseObject({
  /** Of KontoCloud's manner … */
  responseDescription: z.string().exactOptional(),
  /** … and of kpayment's. */
  errors: z.array(z.object({ errorMessage: z.string() })).exactOptional(),
});

/** Calls the API, as the person of the session where there is one. @throws Unreachable; Error where it refuses */
export async function callApi(
  { url, secret }: { readonly url: string; readonly secret?: string },
  method: 'GET' | 'POST',
  address: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(new URL(address, url), {
    method,
    headers: {
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Unreachable(`out of reach: the API does not answer at ${url}. Is that where it is?`, {
      cause: error,
    });
  });
  const said: unknown = await response.json().catch(() => undefined);
  if (response.ok) return said;
  if (response.status === 401 && secret !== undefined) throw new UsageError(ENDED);
  const { responseDescription, errors = [] } = answer.safeParse(said).data ?? {};
  const why = responseDescription ?? errors[0]?.errorMessage ?? `the API answers ${response.status}`;
  throw response.status >= 500 ? new Unreachable(why) : new Error(`refused: ${why}`);
}

const CALL_TIMEOUT_MS = 30_000;

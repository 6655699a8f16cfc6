import type pg from 'pg';
import type { z } from 'zod';
import type { Signed } from '../../domain/people.ts';
import type { ChangeKindName, FourEyesArea } from '../../domain/proposed-change.ts';
import type { Queryable } from '../db/postgres.ts';

interface Definition<C, R> {
  readonly name: ChangeKindName;
  /** What has to be set for it to take two people. */
  readonly area: (content: C) => FourEyesArea | 'fourEyes';
  /** How the content is read from the record. It holds no secret. */
  readonly content: z.ZodType<C>;
  /** What it changes, as the audit names it. */
  readonly subject: (content: C) => string;
  /** For people: what changes, in a sentence without a full stop. */
  readonly summary: (db: Queryable, subscriberId: string, content: C) => Promise<string>;
  /** What it changes, as it is now. Undefined where nothing would change: the change itself says so. */
  readonly now: (db: Queryable, subscriberId: string, content: C) => Promise<unknown>;
  /** The content as the audit keeps it. */
  readonly audited?: (content: C) => unknown;
  /** Carries it out. @param secret what must not be read, as it is stored: a password's hash, a sealed secret */
  readonly carryOut: (
    db: pg.PoolClient,
    subscriberId: string,
    content: C,
    by: Signed,
    secret: string | undefined,
  ) => Promise<R>;
}

/** A kind of change that may take two people, as it is made. */
export interface ChangeKind<C, R> extends Required<Definition<C, R>>, RecordedKind {}

/** The same, as it is confirmed: the content comes from the record. */
export interface RecordedKind {
  readonly name: ChangeKindName;
  readonly nowOnRecord: (db: Queryable, subscriberId: string, content: unknown) => Promise<unknown>;
  readonly auditedOnRecord: (content: unknown) => unknown;
  readonly carryOutRecorded: (
    db: pg.PoolClient,
    subscriberId: string,
    content: unknown,
    by: Signed,
    secret: string | undefined,
  ) => Promise<unknown>;
}

/** A kind of change, from which proposing and confirming are made. */
export function defineChange<C, R>(definition: Definition<C, R>): ChangeKind<C, R> {
  const { content: schema, now, audited = (content: C) => content, carryOut } = definition;
  return {
    ...definition,
    audited,
    nowOnRecord: (db, subscriberId, content) => now(db, subscriberId, schema.parse(content)),
    auditedOnRecord: (content) => audited(schema.parse(content)),
    carryOutRecorded: (db, subscriberId, content, by, secret) =>
      carryOut(db, subscriberId, schema.parse(content), by, secret),
  };
}

import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { tally } from './count.ts';

/** What a step's record is refused with, by what has to follow (src/activities/give-up.ts). */
const SQLSTATES = {
  /** Asks for a repetition. */
  repeat: ['40001', '40P01', '57P01', '53200', '25006', '55P03'],
  /** Refuses the data: the step is given up at once. */
  refused: ['23514', '22001', '54000'],
  /** A fault of ours: repeated ten times. */
  broken: ['42P01', 'XX000'],
} as const;
type Class = keyof typeof SQLSTATES;

/** Repetitions are common, and a step that is given up costs a person's time. */
const ORDER: readonly Class[] = ['repeat', 'refused', 'repeat', 'broken'];

/** The steps, as each calls itself in the audit. */
const STEPS = [
  ...['block', 'hold', 'extendReview', 'proposeUnblock', 'unblockAndRelease', 'unblockAndRefund'],
  ...[
    'refundPENDING',
    'refundCAPTURED',
    'refundDECLINED',
    'refundFAILED',
    'refundREVERSED',
    'unblock',
    'openTask',
  ],
] as const;

/** One in so many records of a step is refused. */
const EVERY = 12;

/** What an answer says of a step that was given up because of such an error. */
export const INJECTED = 'injected by the chaos run';

/**
 * Has the database refuse one in so many of each step's records, with SQLSTATEs of each class in turn. The turns are
 * counted by sequences, which a rollback leaves as they are.
 */
export async function injectDatabaseFaults(pool: pg.Pool): Promise<void> {
  for (const step of STEPS) await pool.query(`create sequence "chaos ${step}"`);
  await pool.query(`
    create function chaos_fault() returns trigger language plpgsql security definer as $$
    declare
      turn bigint;
    begin
      if to_regclass(quote_ident('chaos ' || new.action)) is null then return new; end if;
      turn := nextval(quote_ident('chaos ' || new.action));
      if turn % ${EVERY} <> ${EVERY} / 2 then return new; end if;
      raise exception '${INJECTED}: %', new.action using errcode = (${sqlstateOfTurn()});
    end $$`);
  await pool.query(
    'create trigger chaos_fault before insert on audit for each row execute function chaos_fault()',
  );
}

/** Nothing is refused any more. @param log what Postgres has logged @returns how many errors there were, by step */
export async function endDatabaseFaults(pool: pg.Pool, log: string): Promise<Record<string, number>> {
  await pool.query('drop trigger chaos_fault on audit');
  const errors = readFileSync(log, 'utf8').matchAll(new RegExp(`ERROR:.*${INJECTED}: (\\w+)`, 'g'));
  return tally([...errors].map(([, step = '']) => step));
}

function sqlstateOfTurn(): string {
  const longest = ORDER.length * 6;
  const codes = Array.from({ length: longest }, (_each, index) => {
    const states = SQLSTATES[ORDER[index % ORDER.length] ?? 'repeat'];
    return states[Math.floor(index / ORDER.length) % states.length] ?? states[0];
  });
  return `(array['${codes.join("','")}'])[1 + (turn / ${EVERY}) % ${longest}]`;
}

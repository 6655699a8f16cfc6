import {
  LifecycleUnavailable,
  MessageRefused,
  Overloaded,
  PaymentAlreadyBlocked,
  PaymentNotFound,
} from '../client/index.ts';
import { ChangeRefused } from '../store/changes/change-refused.ts';
import { isStoreOverloaded, isStoreUnavailable } from '../store/db/errors.ts';
import { RuleSetRefused } from '../store/rules/rule-set-refused.ts';
import { SettingsRefused } from '../store/settings/settings.ts';
import { InvalidRequest } from '../wire/invalid-request.ts';
import { Refusal } from '../wire/response-codes.ts';
import { NotAuthenticated, NotYourName, ScopeMissing, StepUpNeeded, TooManyAttempts } from './access.ts';

/** Every way in which a call can fail. Each format translates all of them, by an exhaustive switch. */
export type Failure =
  /** The call cannot be carried out, for a reason that has a response code. */
  | { readonly kind: 'refused'; readonly error: Refusal }
  /** Fields are missing or wrong. */
  | { readonly kind: 'invalid'; readonly error: InvalidRequest }
  /** The request cannot be read at all: not JSON, too large. */
  | { readonly kind: 'unreadable'; readonly error: Error }
  | { readonly kind: 'ruleSetRefused'; readonly error: RuleSetRefused }
  | { readonly kind: 'settingsRefused'; readonly error: SettingsRefused }
  /** A proposed change is not confirmed or rejected. */
  | { readonly kind: 'changeRefused'; readonly error: ChangeRefused }
  | { readonly kind: 'notAuthenticated'; readonly error: NotAuthenticated }
  /** Passwords are not checked for so many seconds. */
  | { readonly kind: 'tooManyAttempts'; readonly error: TooManyAttempts }
  | { readonly kind: 'forbidden'; readonly error: ScopeMissing | NotYourName | StepUpNeeded }
  | { readonly kind: 'notFound'; readonly error: PaymentNotFound }
  | { readonly kind: 'alreadyBlocked'; readonly error: PaymentAlreadyBlocked }
  /** The lifecycle does not take this message now. */
  | { readonly kind: 'messageRefused'; readonly error: MessageRefused }
  /** More calls than can be carried: this one was not taken. */
  | { readonly kind: 'overloaded' }
  /** Temporal, the workers or Postgres cannot be reached: repeating may help. */
  | { readonly kind: 'unavailable'; readonly what: 'lifecycle' | 'store' }
  /** An error of ours. */
  | { readonly kind: 'fault'; readonly error: unknown };

/** Which kind of failure an error is. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return { kind: 'refused', error };
  if (error instanceof InvalidRequest) return { kind: 'invalid', error };
  if (error instanceof RuleSetRefused) return { kind: 'ruleSetRefused', error };
  if (error instanceof SettingsRefused) return { kind: 'settingsRefused', error };
  if (error instanceof ChangeRefused) return { kind: 'changeRefused', error };
  if (error instanceof NotAuthenticated) return { kind: 'notAuthenticated', error };
  if (error instanceof TooManyAttempts) return { kind: 'tooManyAttempts', error };
  if (error instanceof ScopeMissing || error instanceof NotYourName || error instanceof StepUpNeeded)
    return { kind: 'forbidden', error };
  if (error instanceof PaymentNotFound) return { kind: 'notFound', error };
  if (error instanceof PaymentAlreadyBlocked) return { kind: 'alreadyBlocked', error };
  if (error instanceof MessageRefused) return { kind: 'messageRefused', error };
  if (error instanceof Overloaded || isStoreOverloaded(error)) return { kind: 'overloaded' };
  if (error instanceof LifecycleUnavailable) return { kind: 'unavailable', what: 'lifecycle' };
  if (isStoreUnavailable(error)) return { kind: 'unavailable', what: 'store' };
  if (isClientError(error)) return { kind: 'unreadable', error };
  return { kind: 'fault', error };
}

/** What Fastify itself refuses: a body that is too large, a broken header. */
function isClientError(error: unknown): error is Error & { statusCode: number } {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
}

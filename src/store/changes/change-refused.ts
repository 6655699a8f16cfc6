/**
 * Why a proposed change is not confirmed or rejected.
 *
 * unknown   there is none of this number
 * fourEyes  the one who proposes it cannot confirm it
 * stale     it is not what was read, or what it changes is not what it was
 * ended     it was confirmed or rejected before, or has expired
 */
type Why = 'unknown' | 'fourEyes' | 'stale' | 'ended';

/** A proposed change is not confirmed or rejected; nothing has changed. */
export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused';
  readonly kind: Why;

  constructor(kind: Why, message: string) {
    super(message);
    this.kind = kind;
  }
}

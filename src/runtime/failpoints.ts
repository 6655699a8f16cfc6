import { AsyncLocalStorage } from 'node:async_hooks';

/** What an activity does that others can see, in the order of what is lost if a process dies in the middle of it. */
type Step = 'Commit' | 'Submit' | 'Lookup' | 'Send' | 'Signal';

const moments = (activity: string, step: Step) => [`${activity}.before${step}`, `${activity}.after${step}`];

/**
 * Every place where a chaos run ends the worker: just before and just after each commit and each call to the outside,
 * as `<activity>.<moment>`.
 */
export const failpoints: readonly string[] = [
  ...['takeIn', 'startReview', 'extendReview', 'release', 'refund', 'recordOutcome'],
  ...['storeBlock', 'endBlock', 'deliverLane'],
]
  .flatMap((activity) => moments(activity, 'Commit'))
  .concat(
    moments('refund', 'Submit'),
    moments('refund', 'Lookup'),
    moments('recheckRefund', 'Lookup'),
    moments('lookUpRefund', 'Lookup'),
    moments('deliverLane', 'Send'),
    moments('holdPayments', 'Signal'),
  );

/** Set by a chaos run (tools/chaos.ts) only. */
const armed = process.env['FAILPOINT'];

const activityName = new AsyncLocalStorage<string>();

/** Does a step that a process may die just before or just after: this one does where FAILPOINT says so. */
export const failpoint: <T>(step: Step, work: () => Promise<T>) => Promise<T> =
  armed === undefined
    ? (_step, work) => work()
    : async (step, work) => {
        reach(`before${step}`);
        const result = await work();
        reach(`after${step}`);
        return result;
      };

/** Tells the steps within whose they are. */
export function inActivity<T>(name: string, work: () => Promise<T>): Promise<T> {
  return armed === undefined ? work() : activityName.run(name, work);
}

function reach(moment: string): void {
  if (armed === `${activityName.getStore()}.${moment}`) process.kill(process.pid, 'SIGKILL');
}

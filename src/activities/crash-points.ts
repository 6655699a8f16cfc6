import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { crashable, inActivity } from '../crash-points.ts';
import type { ActivityDeps } from './deps.ts';

/** The parties with a crash point before and after each call to them. */
export function withCrashPoints({ gateway, channel, ...others }: ActivityDeps): ActivityDeps {
  return {
    ...others,
    gateway: {
      ...gateway,
      submit: (request) => crashable('Submit', () => gateway.submit(request)),
      lookup: (request) => crashable('Lookup', () => gateway.lookup(request)),
    },
    channel: { send: (event) => crashable('Send', () => channel.send(event)) },
  };
}

/** The worker's interceptor that tells crash points which activity they are in. */
export function namesItsActivity({ info }: Context): ActivityInterceptors {
  return { inbound: { execute: (input, next) => inActivity(info.activityType, () => next(input)) } };
}

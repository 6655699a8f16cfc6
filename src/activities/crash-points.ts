import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { crashable, inActivity } from '../crash-points.ts';
import type { RefundGateway } from '../gateways/refund-gateway.ts';
import type { ActivityDeps } from './deps.ts';

/** The parties with a crash point before and after each call to them. */
export function withCrashPoints({ gateways, channel, ...others }: ActivityDeps): ActivityDeps {
  return {
    ...others,
    gateways: {
      of: (subscriberId) => crashableGateway(gateways.of(subscriberId)),
      named: (name) => crashableGateway(gateways.named(name)),
    },
    channel: {
      send: (event, preferences) => crashable('Send', () => channel.send(event, preferences)),
    },
  };
}

function crashableGateway(gateway: RefundGateway): RefundGateway {
  return {
    ...gateway,
    submit: (request) => crashable('Submit', () => gateway.submit(request)),
    lookup: (request) => crashable('Lookup', () => gateway.lookup(request)),
  };
}

/** The worker's interceptor that tells crash points which activity they are in. */
export function namesItsActivity({ info }: Context): ActivityInterceptors {
  return { inbound: { execute: (input, next) => inActivity(info.activityType, () => next(input)) } };
}

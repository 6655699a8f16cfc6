import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { failpoint, inActivity } from '../runtime/failpoints.ts';
import type { RefundGateway } from '../gateways/port/refund-gateway.ts';
import type { ActivityDeps } from './deps.ts';

/** The parties with a failpoint before and after each call to them. */
export function withFailpoints({ gateways, channel, ...others }: ActivityDeps): ActivityDeps {
  return {
    ...others,
    gateways: {
      of: (subscriberId) => gatewayWithFailpoints(gateways.of(subscriberId)),
      named: (name) => gatewayWithFailpoints(gateways.named(name)),
    },
    channel: {
      send: (event, preferences) => failpoint('Send', () => channel.send(event, preferences)),
    },
  };
}

function gatewayWithFailpoints(gateway: RefundGateway): RefundGateway {
  return {
    ...gateway,
    submit: (request) => failpoint('Submit', () => gateway.submit(request)),
    lookup: (request) => failpoint('Lookup', () => gateway.lookup(request)),
  };
}

/** The worker's interceptor that gives failpoints the activity they are in. */
export function activityNameInterceptor({ info }: Context): ActivityInterceptors {
  return { inbound: { execute: (input, next) => inActivity(info.activityType, () => next(input)) } };
}

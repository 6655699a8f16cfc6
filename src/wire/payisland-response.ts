import { z } from 'zod';

/** The seven fields of run-payisland-rules, wherever an answer has them. */
export const payislandResponse = z.object({
  cardTypeAvailableOnline: z.array(z.string()).readonly(),
  blockOnlinePayment: z.boolean(),
  runPayislandRules: z.boolean(),
  customerBlocked: z.boolean(),
  declinePayment: z.boolean(),
  sendToGateway: z.boolean(),
  sendNotification: z.boolean(),
});

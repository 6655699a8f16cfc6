import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { amountRefused, kcBlockBody, paymentOf } from '../../wire/kc-block-body.ts';
import { Refusal } from '../../wire/response-codes.ts';
import { type FieldProblem, invalidRequest } from '../../wire/invalid-request.ts';
import { zodMessages } from '../../wire/zod-messages.ts';
import type { BlockedPayment, PaymentRef } from '../../client/index.ts';
import { UsageError } from '../output/exit.ts';
import { describePayment, print } from '../output/output.ts';
import { optionOf } from '../input/options.ts';
import { paymentRefOf, wantsJson, withClient } from '../input/session.ts';

const text = z.string().exactOptional();
const optionsSchema = z.object({
  file: text,
  partnerReference: text,
  customerAccno: text,
  merchantAccno: text,
  amount: text,
  currency: text,
  token: text,
  ccType: text,
  ccLastFour: text,
  cardHolder: text,
  customerUuid: text,
  invoiceGuid: text,
  ipAddress: text,
  customerFirstName: text,
  customerLastName: text,
  cardholderFirstName: text,
  cardholderLastName: text,
  offline: z.literal(true).exactOptional(),
  threeDs: z.literal(true).exactOptional(),
});

/** `block`: takes a payment in, as kc-block does. */
export function addBlockCommand(program: Command): void {
  program
    .command('block')
    .argument('<uniqueReference>')
    .description(
      'block a payment and show what the rules make of it; what is required may be in the file instead',
    )
    .option('--file <body.json>', 'the body as kc-block takes it; the options below go before it')
    .option(
      '--partner-reference <text>',
      'identifies the call: repeated, it is done once (default: a new one)',
    )
    .option('--customer-accno <text>', "the customer's e-wallet account (required)")
    .option('--merchant-accno <text>', "the merchant's account (required)")
    .option('--amount <number>', 'for example 100.25 (required)')
    .option('--currency <code>', 'ISO 4217 (required)')
    .option('--token <text>', 'the stored payment option, never a card number (required)')
    .option('--cc-type <text>')
    .option('--cc-last-four <digits>')
    .option('--card-holder <name>')
    .option('--customer-uuid <text>')
    .option('--invoice-guid <text>', "the invoice's own id (required)")
    .option('--ip-address <address>')
    .option('--customer-first-name <name>')
    .option('--customer-last-name <name>')
    .option('--cardholder-first-name <name>')
    .option('--cardholder-last-name <name>')
    .option('--offline', 'not an online payment')
    .option('--three-ds', '3-D Secure has authenticated it')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const ref = paymentRefOf(command, uniqueReference);
      const payment = await readPayment(ref, optionsSchema.parse(command.opts()));
      const view = await withClient((client) => client.blockPayment(payment));
      print(wantsJson(command), view, describePayment(view));
    });
}

async function readPayment(ref: PaymentRef, options: z.infer<typeof optionsSchema>): Promise<BlockedPayment> {
  const {
    file,
    amount,
    currency,
    token,
    ccType,
    ccLastFour,
    cardHolder,
    invoiceGuid,
    offline,
    threeDs,
    ...same
  } = options;
  const fromFile = file === undefined ? {} : await readBody(file);
  const sent = {
    partnerReference: `cli-${randomUUID()}`,
    ...localNow(),
    ...fromFile,
    ...same,
    ...given({
      presentationAmount: amount === undefined ? undefined : Number(amount),
      presentationCurrCode: currency,
      invoiceGUID: invoiceGuid,
      onlinePayment: offline === undefined ? undefined : false,
      threeDSAuthentication: threeDs,
    }),
    paymentOption: {
      ...objectIn(fromFile['paymentOption']),
      ...given({ token, ccType, ccLastFour, cardHolder }),
    },
  };
  const body = kcBlockBody.safeParse(sent, { error: zodMessages });
  if (!body.success) {
    const nameOf = file === undefined ? optionFor : (field: string) => field;
    throw new UsageError(everyFault(invalidRequest(body.error).problems, sent, nameOf));
  }
  const { uniqueReference, ...fields } = body.data;
  if (uniqueReference !== undefined && uniqueReference !== ref.uniqueReference) {
    throw new UsageError(`the file is about payment ${uniqueReference}, not ${ref.uniqueReference}`);
  }
  try {
    return paymentOf(ref, fields);
  } catch (error) {
    throw error instanceof Refusal ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** Every fault in one text, and an amount's too where another field keeps the payment from being read. */
function everyFault(
  problems: readonly FieldProblem[],
  sent: Record<string, unknown>,
  nameOf: (field: string) => string,
): string {
  const faults = problems.map(({ field, text: what }) => `${nameOf(field)} ${what}`);
  const price = kcBlockBody.pick({ presentationAmount: true, presentationCurrCode: true }).safeParse(sent);
  const refused = price.success ? amountRefused(price.data) : undefined;
  return ['the payment cannot be read:', ...faults, ...(refused ? [refused.message] : [])].join('\n  ');
}

/** The option that sets a field of kc-block's body; a field that only a file can set keeps its name. */
function optionFor(field: string): string {
  if (field === 'localDate' || field === 'localTime') return field;
  const name = field.replace(/^paymentOption\./, '');
  return `--${OPTIONS[name] ?? optionOf(name)}`;
}

const OPTIONS: Readonly<Record<string, string>> = {
  presentationAmount: 'amount',
  presentationCurrCode: 'currency',
  paymentOption: 'token',
  invoiceGUID: 'invoice-guid',
  onlinePayment: 'offline',
  threeDSAuthentication: 'three-ds',
};

async function readBody(file: string): Promise<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'it holds no JSON object' : String(error);
    throw new UsageError(`${file} cannot be read: ${why}`, { cause: error });
  }
}

function objectIn(value: unknown): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).safeParse(value).data ?? {};
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The caller's own date and time: here, those of this machine's time zone. */
function localNow(): { localDate: string; localTime: string } {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, '0');
  return {
    localDate: `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`,
    localTime: two(now.getHours()) + two(now.getMinutes()) + two(now.getSeconds()),
  };
}

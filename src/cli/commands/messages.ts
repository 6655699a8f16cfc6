import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { MessageField, OperatorMessageKind } from '../../domain/messages/define.ts';
import { paymentStatuses } from '../../domain/payment.ts';
import { operatorMessages } from '../../domain/messages/operator-messages.ts';
import { paymentRefOf, signedInFor, wantsJson, withClient } from '../input/session.ts';
import { callApi } from '../input/signed-in.ts';
import { signatureOf, signed } from '../input/signed.ts';
import { EXIT, UsageError } from '../output/exit.ts';
import { align, print } from '../output/output.ts';
import { showPayment } from './payment.ts';

/** Commands with a name that is shorter than the message's. */
const ALIASES: Readonly<Record<string, string>> = { confirmUnblock: 'confirm' };
const options = z.looseObject({});

/** What the API answers to a message. */
const sent = z.object({
  paymentStatus: z.enum(paymentStatuses),
  outcome: z.enum(['accepted', 'proposed']),
  nextStep: z.string().nullable(),
});

/** A command for each operator message, made from its definition: `extend-review` sends `extendReview`. */
export function addMessageCommands(program: Command): void {
  for (const message of operatorMessages) addMessageCommand(program, message);
}

/** The name of the command that sends a message. */
export function commandOf({ name }: Pick<OperatorMessageKind, 'name'>): string {
  return ALIASES[name] ?? kebab(name);
}

function addMessageCommand(program: Command, message: OperatorMessageKind): void {
  const command = program
    .command(commandOf(message))
    .argument('<uniqueReference>')
    .description(message.effect);
  for (const field of message.fields) for (const option of optionsOf(field)) command.addOption(option);
  signed(command).action(async (uniqueReference: string) => {
    const session = signedInFor(command);
    const { actor, reason } = signatureOf(command, session);
    const given = options.parse(command.opts());
    const fields = message.fields.map((field) => [field.name, valueOf(field, given)]);
    const input = { ...Object.fromEntries(fields), operator: actor.name, reason };
    const problem = message.problem(input, Date.now());
    if (problem !== undefined) throw new UsageError(problem);
    const ref = paymentRefOf(command, uniqueReference);
    if (session) {
      const { operator: _own, ...body } = input;
      const address = `/payment/${encodeURIComponent(uniqueReference)}/messages/${message.name}`;
      const {
        paymentStatus: status,
        outcome,
        nextStep,
      } = sent.parse(await callApi(session, 'POST', address, body));
      const text = align([
        ['payment', uniqueReference],
        ['status', status],
        ['outcome', nextStep === null ? outcome : `${outcome}: ${nextStep}`],
      ]);
      print(wantsJson(command), { ...ref, status, outcome, nextStep }, text);
      if (outcome === 'proposed') process.exitCode = EXIT.proposed;
      return;
    }
    const view = await withClient(async (client) => {
      const { outcome } = await client.send(ref, message.name, input);
      return { ...(await client.payment(ref)), outcome };
    });
    showPayment(command, view);
    if (view.outcome === 'proposed') process.exitCode = EXIT.proposed;
  });
}

function optionsOf(field: MessageField): Option[] {
  if (field.kind === 'boolean') {
    const [yes, no] = flagsOf(field);
    return [new Option(yes, field.description).conflicts(no.slice(2)), new Option(no)];
  }
  const [flags = `--${kebab(field.name)} <${field.kind}>`] = field.options ?? [];
  return [new Option(flags, field.description).makeOptionMandatory(field.isRequired)];
}

/** @throws UsageError where neither value of a boolean is given */
function valueOf(field: MessageField, given: Readonly<Record<string, unknown>>): unknown {
  if (field.kind === 'boolean') {
    const [yes, no] = flagsOf(field);
    if (given[yes.slice(2)] === undefined && given[no.slice(2)] === undefined)
      throw new UsageError(`say ${yes} or ${no}: ${field.description}`);
    return given[yes.slice(2)] === true;
  }
  const [option] = optionsOf(field);
  const text = option === undefined ? undefined : given[option.attributeName()];
  return field.kind === 'number' && text !== undefined ? Number(text) : text;
}

/** The two options of a boolean: for true, and for false. */
function flagsOf({ name, options: flags = [] }: MessageField): [yes: string, no: string] {
  const [yes, no] = flags;
  if (yes === undefined || no === undefined) throw new Error(`${name} has no two options`);
  return [yes, no];
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

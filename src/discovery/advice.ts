/**
 * POP or IMAP?
 *
 * From what somebody says about their mail, and what the server offers. Pure: the rules are in advice-rules.ts, and in
 * docs/pop-or-imap.md for people.
 */
import { limits } from '../core/limits.ts';
import type { Protocol } from '../core/server.ts';
import { howTo } from './advice-how-to.ts';
import { type Rule, rulesFor } from './advice-rules.ts';
import type { Advice, Answers, Reason } from './advice-schema.ts';
import type { Provider } from './provider.ts';

export interface Circumstances {
  readonly offers: { readonly [protocol in Protocol]: boolean };
  readonly provider: Provider | null;
}

/** What to use, why, what one gives up, and how to go about it. Never fails: when nothing is known it is IMAP. */
export function adviceOf(answers: Answers, { offers, provider }: Circumstances): Advice {
  const fitting = rulesFor(answers, provider);
  const wanted = wantedBy(fitting);
  const protocol = offers[wanted ?? 'imap'] ? (wanted ?? 'imap') : offered(offers);
  const reasons = [...reasonsOfOffer(offers, provider), ...fitting.map(reasonOf)];
  const leaveCopyDays = copyDays(answers, provider);
  return {
    protocol,
    ...(protocol === 'pop3' ? { leaveCopyDays } : {}),
    reasons: wanted === null && offers.imap ? [...reasons, nothingAgainstImap] : reasons,
    givenUp: givenUp(protocol, fitting, leaveCopyDays),
    howTo: howTo(protocol, answers, leaveCopyDays, provider),
  };
}

const offered = (offers: Circumstances['offers']): Protocol | null => {
  if (offers.imap) return 'imap';
  return offers.pop3 ? 'pop3' : null;
};

const weights = { must: 0, should: 2, may: 1 } as const;

/** The upper one of what must be; else what has more on its side. Null when neither has. */
function wantedBy(fitting: readonly Rule[]): Protocol | null {
  const decisive = fitting.find(({ strength }) => strength === 'must');
  if (decisive !== undefined && decisive.for !== 'either') return decisive.for;
  const weightOf = (protocol: Protocol): number =>
    fitting.filter((rule) => rule.for === protocol).reduce((sum, { strength }) => sum + weights[strength], 0);
  const surplus = weightOf('imap') - weightOf('pop3');
  if (surplus === 0) return null;
  return surplus > 0 ? 'imap' : 'pop3';
}

const reasonOf = ({ answer, for: argued, strength, text }: Rule): Reason => ({ answer, for: argued, strength, text });

/** Neither side has more: what was kept can still be loaded and deleted later, and not the other way round. */
const nothingAgainstImap: Reason = {
  answer: 'none',
  for: 'imap',
  strength: 'may',
  text: 'Where nothing decides it is IMAP: mail stays on the server, the same on every device, and can still be loaded and deleted later.',
};

const names = { imap: 'IMAP', pop3: 'POP3' } as const;

/** What is not offered is not recommended. Nothing is said when both are. */
function reasonsOfOffer(offers: Circumstances['offers'], provider: Provider | null): Reason[] {
  const lacking = (['imap', 'pop3'] as const).filter((protocol) => !offers[protocol]);
  return lacking.map((protocol): Reason => {
    const isNone = provider !== null && provider[protocol] === null;
    return {
      answer: 'offers',
      for: offered(offers) ?? 'either',
      strength: 'must',
      text: isNone
        ? `${provider.name} has no ${names[protocol]}.`
        : `No ${names[protocol]} server is known for this address.`,
    };
  });
}

/**
 * How long a message stays on the server after it was downloaded. Where others are to get it as well it is not deleted before they
 * had time to, whatever else was said; else as soon as possible where something asks for that.
 */
function copyDays(answers: Answers, provider: Provider | null): number | null {
  const { isShared, keepsFolders, devices, leavesServer, serverStorage, isGathered } = answers;
  if (provider?.isDeletedByPop3 === false) return null;
  const isForOthers = isShared === true || keepsFolders === true || devices === 'several';
  const isToGo = leavesServer === true || serverStorage === 'short';
  if (isForOthers) return isToGo ? limits.copyLeftDays : null;
  return isToGo || isGathered === true ? 0 : limits.copyLeftDays;
}

/** What the answers that argued for the other one wanted, and what the protocol itself does not have. */
function givenUp(protocol: Protocol | null, fitting: readonly Rule[], leaveCopyDays: number | null): string[] {
  if (protocol === null) return ['Without IMAP and POP3 no mail program can read this mail, and neither can this API.'];
  const lost = fitting.flatMap(({ for: argued, otherwise }) =>
    argued === protocol || otherwise === null ? [] : [otherwise],
  );
  if (protocol === 'imap') return [...lost, 'Mail takes up room on the server until it is deleted there.'];
  const alone =
    leaveCopyDays === null
      ? []
      : [
          'Once it is deleted on the server a message is on this device alone, and is lost with it if there is no backup.',
        ];
  return [...lost, 'POP3 shows the inbox alone, and whole messages, with all that is attached to them.', ...alone];
}

/**
 * Where do documents of settings lie, and what do they say?
 *
 * The domain's own are asked for without the address, since a document has placeholders for it; only a host `autoconfig.{domain}` that
 * does not answer without gets it. Thunderbird's database is told a domain and nothing else. docs/discovery.md says what is sent where.
 */
import { limits } from '../core/limits.ts';
import type { MailAddress } from './address.ts';
import { findingInDocument } from './autoconfig.ts';
import { type Answer, answerTo, type Web } from './documents.ts';
import { type Finding, finding, type RefusalOf } from './finding.ts';

export interface Settings extends Web {
  readonly address: MailAddress;
  readonly refusalOf: RefusalOf;
}

const accept = 'text/xml, application/xml';

const documentAt = (url: string, settings: Settings): Promise<Answer> =>
  answerTo({ url, accept, mostBytes: limits.settingsBytes, mayRedirect: true }, settings);

const findingOfAnswer = (answer: Answer, { address, refusalOf }: Settings): Finding =>
  answer.kind === 'text' ? findingInDocument(answer.text, address, refusalOf) : finding(answer.kind);

/** The host that a domain has for this alone. */
export async function askAutoconfig(settings: Settings): Promise<Finding> {
  const { address, domain } = settings.address;
  const url = `https://autoconfig.${domain}/mail/config-v1.1.xml`;
  const answer = await documentAt(url, settings);
  const wantsAddress =
    answer.kind === 'invalid' && answer.status !== null && answer.status >= 400 && answer.status < 500;
  if (!wantsAddress) return findingOfAnswer(answer, settings);
  return findingOfAnswer(
    await documentAt(`${url}?${new URLSearchParams({ emailaddress: address })}`, settings),
    settings,
  );
}

export async function askWellKnown(settings: Settings): Promise<Finding> {
  const url = `https://${settings.address.domain}/.well-known/autoconfig/mail/config-v1.1.xml`;
  return findingOfAnswer(await documentAt(url, settings), settings);
}

/** `base` ends with a slash; the domain of a mail exchanger does as well. */
export async function askIspDatabase(base: string, domain: string, settings: Settings): Promise<Finding> {
  return findingOfAnswer(await documentAt(base + domain, settings), settings);
}

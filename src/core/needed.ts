/**
 * What has to be known of a message for the members of an Email that were asked for?
 *
 * So that a server is asked for that much and no more.
 */
import { headerPropertiesIn } from './header-property.ts';

export interface Needed {
  /** The header: not at all, `headerFields` of it, or all of it. */
  readonly header: 'none' | 'fields' | 'all';
  readonly headerFields: readonly string[];
  readonly structure: boolean;
  /** What the text begins with; only when it is named. */
  readonly preview: boolean;
  /** Gmail's; only when they are named. */
  readonly labels: boolean;
  /** Which strings are to be made of the body. */
  readonly text: boolean;
  readonly html: boolean;
  /** The headers of attached messages. */
  readonly embedded: boolean;
}

/** The fields that make the members which are there without being asked for. */
const fieldOfMember: ReadonlyMap<string, string> = new Map([
  ['from', 'From'],
  ['sender', 'Sender'],
  ['replyTo', 'Reply-To'],
  ['to', 'To'],
  ['cc', 'Cc'],
  ['bcc', 'Bcc'],
  ['subject', 'Subject'],
  ['sentAt', 'Date'],
  ['messageId', 'Message-ID'],
  ['inReplyTo', 'In-Reply-To'],
  ['references', 'References'],
]);

export const emailHeaderFieldNames: readonly string[] = [...fieldOfMember.values()];

/** Members that list parts. */
const parts = ['textBody', 'htmlBody', 'attachments'];
/** Members that tell of the strings that were made: of both, when neither was asked for. */
const aboutStrings = ['isTruncated', 'isEncodingProblem'];
const ofText = ['text', 'isSigned', 'isEncrypted'];
const ofHtml = ['html', 'cidLinks'];
const ofStructure = ['hasAttachment', 'isTextDerived', ...parts, ...aboutStrings, ...ofText, ...ofHtml];

/** `fields` as a request names them; undefined for all that is there without being asked for. */
export function neededFor(fields: readonly string[] | undefined): Needed {
  const isAsked = (...members: readonly string[]): boolean =>
    fields === undefined || members.some((member) => fields.includes(member));
  const members = [...fieldOfMember].filter(([member]) => isAsked(member)).map(([, field]) => field);
  const headerFields = [...new Set([...members, ...headerPropertiesIn(fields).map(({ name }) => name)])];
  const isAboutBoth = isAsked(...aboutStrings) && !isAsked(...ofText, ...ofHtml);
  return {
    header: fields?.includes('headers') === true ? 'all' : headerFields.length > 0 ? 'fields' : 'none',
    headerFields,
    structure: isAsked(...ofStructure),
    preview: fields?.includes('preview') === true,
    labels: fields?.includes('labels') === true,
    text: isAsked(...ofText) || isAboutBoth,
    html: isAsked(...ofHtml) || isAboutBoth,
    embedded: isAsked(...parts),
  };
}

/**
 * What does a search for somebody's servers look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import { capsulePrefix } from '../core/capsule.ts';
import { limits } from '../core/limits.ts';
import { toldProblem } from '../core/problem-schema.ts';
import { mailAddressOf } from './address.ts';
import { AdviceSchema, AnswersSchema } from './advice-schema.ts';
import { confidences } from './candidates.ts';
import { leftOutReasons, outcomes, sourceNames } from './finding.ts';
import { notTriedReasons } from './verify.ts';

const addressRemedy = 'Give a whole address such as ada@example.com, with the domain’s name behind the @.';

export const DiscoveryRequestSchema = z
  .strictObject({
    email: z
      .string({ message: addressRemedy })
      .refine((text) => mailAddressOf(text) !== null, { message: addressRemedy })
      .describe('Whose servers are looked for.'),
    password: z
      .string({ message: 'Give a text.' })
      .min(1, { message: 'Give one that is not empty, or leave it out.' })
      .max(limits.credentialCharacters, { message: `Give at most ${limits.credentialCharacters} characters.` })
      .refine((text) => !/[\r\n\0]/.test(text), { message: 'Leave CR, LF and NUL out.' })
      // It would be sent to mail servers, which may collect it.
      .refine((text) => !text.startsWith(capsulePrefix), { message: 'Give the password itself; a capsule is none.' })
      .optional()
      .openapi({
        format: 'password',
        writeOnly: true,
        description:
          'The password, or an app password. With it the best candidates are tried: at most two logins for each protocol, and no further than the first that succeeds. Left out: nobody logs in.',
      }),
    answers: AnswersSchema.optional().describe('What is asked about this mail, for the recommendation.'),
  })
  .openapi('Discovery', { example: { email: 'ada@example.com', answers: { devices: 'several' } } });

const stage = z
  .strictObject({
    outcome: z.enum(['done', 'failed', 'not-tried']),
    problem: toldProblem.optional().describe('With `failed`.'),
    reason: z
      .enum(notTriedReasons)
      .optional()
      .describe(
        'Why no login was tried: a step before it has failed (`stage-before`), the server may be somebody else’s (`untrusted`), it takes no passwords (`no-password-login`), or others were tried already (`enough`).',
      ),
  })
  .openapi('DiscoveryStage', { example: { outcome: 'done' } });

const candidate = z
  .strictObject({
    server: z.string().describe('As `Mail-Server` has it: `imaps://imap.example.com`.'),
    user: z.string().describe('What to log in with.'),
    alternativeUser: z
      .string()
      .nullable()
      .describe('What to log in with if that is refused, where nobody has said which it is (RFC 6186 §4).'),
    confidence: z
      .enum(confidences)
      .describe(
        '`high`: the domain says so itself where nobody else could, or it is a provider that is known. `medium`: it follows from the DNS, which is seldom signed. `low`: it may be somebody else’s server, or it is merely there.',
      ),
    sources: z.array(z.enum(sourceNames)).describe('Who says so, the one that is believed most first.'),
    isOutsideDomain: z.boolean().describe('The host is not one of the domain’s own.'),
    authentication: z
      .array(z.enum(['password', 'oauth2']))
      .describe('What it takes, the preferred first, as far as anybody has said; empty when nobody has.'),
    oauth2: z
      .string()
      .nullable()
      .describe(
        'Who gives access tokens for it: the `{provider}` of /v1/oauth/{provider}/start, or the host of one that has no name here. Null when nobody has said.',
      ),
    provider: z.string().nullable().describe('The id of the known provider whose server it is.'),
    verified: z
      .strictObject({ host: stage, tls: stage, greeting: stage, login: stage })
      .nullable()
      .describe('How far one came with it. Null when it was not tried, as without `password`.'),
  })
  .openapi('DiscoveryCandidate');

const source = z.strictObject({
  source: z.enum(sourceNames),
  outcome: z
    .enum(outcomes)
    .describe(
      '`nothing`: it has none. `unreachable`: nobody answers there. `invalid`: what answers are no settings. `forbidden`: it leads where Postern does not call. `timed-out`: it was not there in time. `not-asked`: there was no need, or the operator has switched it off.',
    ),
  isComplete: z.boolean().describe('False when a part of it could not be asked.'),
  leftOut: z
    .array(
      z.strictObject({
        server: z.string().nullable().describe('As a URL; null when it makes none.'),
        reason: z
          .enum(leftOutReasons)
          .describe(
            'Its address is not public, its port not that of a mail server, it has no TLS (`cleartext`); host or user are none, or the login is by something that Postern does not have; or there were more than anybody needs.',
          ),
      }),
    )
    .describe('What it has told that is not among the candidates.'),
});

const provider = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    appPasswords: z
      .strictObject({
        isNeeded: z.boolean().describe('The password of the web page is not taken.'),
        url: z.string().describe('Where the provider explains it.'),
      })
      .nullable(),
    limits: z.strictObject({
      connections: z.int().nullable().describe('How many at once, of one user.'),
      notes: z.array(z.string()),
    }),
    habits: z.array(z.strictObject({ protocol: z.enum(['imap', 'pop3', 'both']), text: z.string() })),
    sources: z.array(z.string()).describe('Where it says so.'),
  })
  .describe('Who has this mail, where that is a provider that is known, and what one has to know there.');

export const DiscoveredSchema = z
  .strictObject({
    domain: z.string().describe('Of the address, in A-labels.'),
    candidates: z
      .strictObject({ imap: z.array(candidate), pop3: z.array(candidate) })
      .describe('The best first. Empty where nobody knows one.'),
    sources: z.array(source).describe('What each of those that may know has come to.'),
    provider: provider.nullable(),
    recommendation: AdviceSchema.nullable().describe('Which of both to use. Null when there are no candidates.'),
  })
  .openapi('Discovered', {
    example: {
      domain: 'example.com',
      candidates: {
        imap: [
          {
            server: 'imaps://imap.example.com',
            user: 'ada@example.com',
            alternativeUser: null,
            confidence: 'high',
            sources: ['autoconfig', 'srv'],
            isOutsideDomain: false,
            authentication: ['password'],
            oauth2: null,
            provider: null,
            verified: null,
          },
        ],
        pop3: [],
      },
      sources: [
        {
          source: 'autoconfig',
          outcome: 'found',
          isComplete: true,
          leftOut: [{ server: 'imap://imap.example.com:10143', reason: 'port' }],
        },
        { source: 'srv', outcome: 'found', isComplete: true, leftOut: [] },
      ],
      provider: null,
      recommendation: {
        protocol: 'imap',
        reasons: [
          {
            answer: 'devices',
            for: 'imap',
            strength: 'must',
            text: 'Several devices see the same mail only where it stays on the server.',
          },
        ],
        givenUp: [],
        howTo: ['GET /v1/imap/mailboxes/inbox/messages lists what is there.'],
      },
    },
  });

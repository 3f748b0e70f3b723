/**
 * What is asked for when a sign-in begins, and when it has come to its end?
 */
import { z } from '@hono/zod-openapi';
import { type Scope, scopes } from '../core/access.ts';
import { limits } from '../core/limits.ts';
import { wholeNumber } from '../http/validation.ts';

export const ProviderPath = z.strictObject({
  provider: z.string().openapi({
    param: { name: 'provider', in: 'path' },
    description: 'As the operator calls it: `google`, `microsoft`, or another.',
    example: 'google',
  }),
});

const bounded = (remedy: string) =>
  z
    .string({ message: remedy })
    .min(1, { message: remedy })
    .max(limits.signInCharacters, { message: `Give at most ${limits.signInCharacters} characters.` })
    // They go through addresses and headers; no name or address has control characters.
    .refine((text) => !/\p{Cc}/u.test(text), { message: 'Leave control characters out.' });

const base64url43 = (remedy: string) => z.string({ message: remedy }).regex(/^[\w-]{43}$/, { message: remedy });

const common = {
  protocol: z
    .enum(['imap', 'pop3'], { message: 'Give imap or pop3.' })
    .optional()
    .describe('Which of the provider’s mail servers the capsule is for. Left out: imap.'),
  user: bounded('Say whose mail it is.')
    .optional()
    .describe(
      'The address, if it is known: the provider is told whom to ask. It counts only where the provider does not say who has signed in.',
    ),
  returnTo: bounded('Give the address of your application.')
    .optional()
    .describe(
      'Where the browser goes in the end, with `code` and `state`, or `error`; one of those that the operator allows. Left out: a page that shows the capsule.',
    )
    .openapi({ example: 'https://app.example.com/signed-in' }),
  codeChallenge: base64url43('Give the SHA-256 of your code verifier as base64url, 43 characters (RFC 7636, S256).')
    .optional()
    .describe(
      'With `returnTo`: the SHA-256 of a random text that your application keeps to itself until POST /v1/oauth/token (RFC 7636, S256).',
    ),
  state: bounded('Give a text.')
    .optional()
    .describe('With `returnTo`: comes back as it is, so that you know your own sign-in.'),
};

const scopeRemedy = `Give scopes out of ${scopes.join(', ')}.`;
const listOf = <S extends z.ZodType<unknown, string>>(item: S) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));

const scope = z.enum(scopes, { message: scopeRemedy });
const mailbox = bounded('Give the id of a mailbox, or a role.');
const mailboxesMost = { message: `Name at most ${limits.capsuleMailboxes} mailboxes.` };

/** Of a URL, or of a ticket that stands for one. */
export const StartQuery = z
  .strictObject({
    ...common,
    scopes: listOf(scope).optional().openapi({
      type: 'string',
      description: 'What the capsule is to allow, separated by commas. Left out: everything.',
      example: 'read,modify',
    }),
    mailboxes: listOf(mailbox)
      .pipe(z.array(z.string()).max(limits.capsuleMailboxes, mailboxesMost))
      .optional()
      .openapi({
        type: 'string',
        description: 'IMAP only: ids of mailboxes, or roles, separated by commas. Left out: all.',
        example: 'inbox',
      }),
    expiresInSeconds: wholeNumber(1, limits.capsuleSecondsMost)
      .optional()
      .openapi({ description: 'How long the capsule is to be good.' }),
    ticket: z
      .string()
      .optional()
      .openapi({ description: 'All of this, sealed by POST /v1/oauth/{provider}/start; nothing else with it then.' }),
  })
  .superRefine((query, context) => {
    const others = Object.entries(query).flatMap(([name, value]) =>
      name !== 'ticket' && value !== undefined ? [name] : [],
    );
    if (query.ticket !== undefined) {
      for (const name of others)
        context.addIssue({ code: 'custom', path: [name], message: 'Leave it out: the ticket says it.' });
    }
  });

export const StartRequestSchema = z
  .strictObject({
    ...common,
    scopes: z
      .array(scope, { message: 'List the scopes.' })
      .min(1, { message: 'Name a scope, or leave it out for all that there are.' })
      .optional()
      .describe('What the capsule is to allow. Left out: everything.'),
    mailboxes: z
      .array(mailbox, { message: 'List the mailboxes.' })
      .min(1, { message: 'Name a mailbox, or leave it out for all that there are.' })
      .max(limits.capsuleMailboxes, mailboxesMost)
      .optional()
      .describe('IMAP only: ids of mailboxes, or roles, that the capsule is for. Left out: all.'),
    expiresInSeconds: z
      .int({ message: 'Give a whole number of seconds.' })
      .min(1, { message: 'Give a number from 1 on.' })
      .max(limits.capsuleSecondsMost, { message: `Give at most ${limits.capsuleSecondsMost}, which is a year.` })
      .optional()
      .describe(`How long the capsule is to be good. Left out: ${limits.capsuleSeconds} (30 days).`),
  })
  .openapi('SignInRequest', {
    example: {
      protocol: 'imap',
      scopes: ['read'],
      returnTo: 'https://app.example.com/signed-in',
      codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      state: 'af0ifjsldkj',
    },
  });

/** What is wished for, however it was said. */
export interface StartFields {
  readonly protocol?: 'imap' | 'pop3' | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  readonly mailboxes?: readonly string[] | undefined;
  readonly expiresInSeconds?: number | undefined;
  readonly user?: string | undefined;
  readonly returnTo?: string | undefined;
  readonly codeChallenge?: string | undefined;
  readonly state?: string | undefined;
}

export const StartedSchema = z
  .strictObject({
    url: z.url().describe('Where to send the browser. Good once begun within ten minutes, and for whoever has it.'),
  })
  .openapi('SignIn', {
    example: { url: 'https://postern.example.com/v1/oauth/google/start?ticket=eyJhbGciOiJkaXIi' },
  });

/** What a provider appends is its own to say (RFC 6749 §4.1.2: unrecognized parameters are ignored). */
export const CallbackQuery = z.object({
  state: z
    .string({ message: 'This address is for providers to send people back to.' })
    .openapi({ description: 'As the provider got it.' }),
  code: z.string().optional(),
  iss: z.string().optional().openapi({ description: 'RFC 9207.' }),
  error: z.string().optional(),
});

export const TokenRequestSchema = z
  .strictObject({
    code: z
      .string({ message: 'Give the code as it came to `returnTo`.' })
      .describe('As it came to `returnTo`, within a minute.'),
    codeVerifier: z
      .string({ message: 'Give the code verifier.' })
      .regex(/^[\w.~-]{43,128}$/, { message: 'Give the code verifier: 43 to 128 characters (RFC 7636).' })
      .describe('What `codeChallenge` is the SHA-256 of.')
      .openapi({ format: 'password' }),
  })
  .openapi('SignInCode', {
    example: { code: 'eyJhbGciOiJkaXIi', codeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' },
  });

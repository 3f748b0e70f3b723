/**
 * What do all operations on somebody's mail have in common in the OpenAPI document?
 */
type Requirement = Readonly<Record<string, string[]>>;

/** With the operator's key as well, where the operator asks for one: the same document is good for every Postern. */
const orWithKey = (...ways: readonly Requirement[]): Requirement[] => [
  ...ways,
  ...ways.map((way) => ({ ...way, operatorKey: [] })),
];

/** An operation on the mail of one account. The first is what a tool takes that knows one way only. */
export const accountSecurity = orWithKey(
  { capsule: [] },
  { mailAccount: [], mailServer: [] },
  { mailToken: [], mailUser: [], mailServer: [] },
);

/** An operation that names its accounts in the body, or none. */
export const callerSecurity = orWithKey({});

/** What tools that import the document ask their users for: a password or a token, and a server. */
export const securitySchemes = {
  capsule: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'pstn_',
    description:
      'A capsule of POST /v1/accounts: the mail account, sealed. No `Mail-Server` and no `Mail-User` with it.',
  },
  operatorKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'A key of the operator of this Postern, if there is need of one here.',
  },
  mailAccount: {
    type: 'http',
    scheme: 'basic',
    description: 'User and password of the mail account, as its mail server knows them.',
  },
  mailToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'An OAuth 2.0 access token for the mail account (SASL OAUTHBEARER or XOAUTH2).',
  },
  mailUser: {
    type: 'apiKey',
    in: 'header',
    name: 'Mail-User',
    description: 'Whose mail the access token is for.',
  },
  mailServer: {
    type: 'apiKey',
    in: 'header',
    name: 'Mail-Server',
    description:
      'The mail server as a URL: `imaps://host[:993]`, `imap://host[:143]` (STARTTLS), `pop3s://host[:995]` or `pop3://host[:110]` (STLS).',
  },
} as const;

/** The head of the OpenAPI document. */
export const documentInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Postern',
    version: '0.1.0',
    description:
      'IMAP and POP3 mailboxes as JSON over HTTPS. `Authorization: Basic` says whose mail and `Mail-Server` on which server, or a capsule says both: a token of POST /v1/accounts. Neither mail nor passwords are stored, but for webhooks what they need, sealed, until they end.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'Account', description: 'Whose mail it is.' },
    { name: 'IMAP', description: 'A mailbox: a shared, synced store. The truth lives on the server.' },
    { name: 'POP', description: 'A maildrop: a spool. Download, acknowledge, delete.' },
    { name: 'Webhooks', description: 'New mail is told to an address of yours, signed.' },
    { name: 'Service', description: 'Postern itself.' },
  ],
};

/**
 * What is told about an account?
 */
import { z } from '@hono/zod-openapi';

export const AccountSchema = z
  .strictObject({
    protocol: z.enum(['imap', 'pop3']),
    user: z.string().describe('As it was sent; the server may know the user by another name as well.'),
    server: z
      .strictObject({
        host: z.string(),
        port: z.int(),
        security: z.enum(['tls', 'starttls', 'none']),
      })
      .describe('What is dialled.'),
    capabilities: z
      .array(z.string())
      .describe(
        'What the server says it can do: CAPABILITY of IMAP once logged in (RFC 9051 §7.2.2), or the lines of CAPA of POP3, as told before the login (RFC 2449 §5). Empty when a POP3 server does not know CAPA.',
      ),
    maildrop: z
      .strictObject({
        expires: z
          .enum(['after-days', 'never', 'not-told'])
          .describe('What becomes of mail that is left on the server (EXPIRE, RFC 2449 §6.7), for this user.'),
        expiresAfterDays: z
          .int()
          .nullable()
          .describe(
            'With `after-days`: so long the server keeps a message at least. 0: no longer than until it was retrieved and the session has ended, which Postern never does but to delete what was acknowledged. Null with `never` and `not-told`.',
          ),
        loginDelaySeconds: z
          .int()
          .nullable()
          .describe(
            'How long the server wants between two logins of this user (LOGIN-DELAY, RFC 2449 §6.5); who comes sooner may be answered 503 with Retry-After. Null when it does not say.',
          ),
      })
      .optional()
      .describe('POP3 only: how the server treats mail that stays, and those who come often.'),
  })
  .openapi('Account', {
    example: {
      protocol: 'pop3',
      user: 'ada@example.com',
      server: { host: 'pop.example.com', port: 995, security: 'tls' },
      capabilities: ['TOP', 'UIDL', 'PIPELINING', 'EXPIRE 60', 'LOGIN-DELAY 180', 'SASL PLAIN'],
      maildrop: { expires: 'after-days', expiresAfterDays: 60, loginDelaySeconds: 180 },
    },
  });

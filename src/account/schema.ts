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
  })
  .openapi('Account', {
    example: {
      protocol: 'pop3',
      user: 'ada@example.com',
      server: { host: 'pop.example.com', port: 995, security: 'tls' },
      capabilities: ['TOP', 'UIDL', 'PIPELINING', 'LOGIN-DELAY 180', 'SASL PLAIN'],
    },
  });

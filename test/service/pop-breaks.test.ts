/**
 * A message that can't be told from another, can't be had, or breaks off: does only that one fail, and does it stay?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { multiLine } from '../support/pop-bytes.ts';
import { downloaded } from '../support/pop-client.ts';
import { type AnswerTo, instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages';
const ack = '/v1/pop/downloads/ack';
const idOf = (uidl: string) => Buffer.from(uidl).toString('base64url');
const messages = ['a', 'b', 'c'].map((uidl) => ({ uidl, bytes: letter(`letter-${uidl}`) }));

const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages, ...script }, use);

describe('a maildrop in which two messages have the same UIDL', () => {
  const twins = [
    { uidl: 'twin', bytes: letter('first-twin') },
    { uidl: 'single', bytes: letter('single') },
    { uidl: 'twin', bytes: letter('second-twin') },
  ];

  it('is listed with an id for each, by which each can be read', async () => {
    await withServer({ messages: twins }, async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), list);
      expect(page.messages.map(({ uidl }) => uidl)).toEqual(['twin', 'single', 'twin']);
      expect(new Set(page.messages.map(({ id }) => id)).size).toBe(3);
      const texts: unknown[] = [];
      for (const { id } of page.messages) {
        texts.push((await postern.json(MaildropEmailSchema, server.caller(), `${list}/${id}`)).text);
      }
      expect(texts).toEqual(['This is first-twin.\n', 'This is single.\n', 'This is second-twin.\n']);
    });
  });

  it('gives neither as downloaded, and acknowledging the rest leaves both', async () => {
    await withServer({ messages: twins }, async (server) => {
      const download = await downloaded(postern, server.caller());
      expect(download.messages.map(({ uidl }) => uidl)).toEqual(['single']);
      expect(download.errors.map(({ problem, uidl }) => [problem.type, uidl])).toEqual([
        ['/problems/uidl-not-unique', 'twin'],
        ['/problems/uidl-not-unique', 'twin'],
      ]);
      expect(download.receipt?.count).toBe(1);
      const body = { receipt: download.receipt?.receipt };
      const answer = await postern.json(AcknowledgedSchema, server.caller(), ack, { body });
      expect(answer).toEqual({ deleted: 1, alreadyGone: 0, notDeleted: [] });
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['twin', 'twin']);
    });
  });

  it('has neither deleted by its id', async () => {
    await withServer({ messages: twins }, async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), list);
      for (const { id } of page.messages.filter(({ uidl }) => uidl === 'twin')) {
        const path = `${list}/${id}`;
        const problem = await postern.problem('uidl-not-unique', server.caller(), path, { method: 'DELETE' });
        expect(problem.status).toBe(422);
      }
      expect(server.messages).toHaveLength(3);
    });
  });

  it('has the one that stays not deleted or shown for the one that another program has deleted', async () => {
    const spooled = [...twins];
    await withServer({ messages: spooled }, async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), list);
      spooled.shift();
      for (const { id } of page.messages.filter(({ uidl }) => uidl === 'twin')) {
        const path = `${list}/${id}`;
        await postern.problem('uidl-not-unique', server.caller(), path, { method: 'DELETE' });
        // A listing sees the maildrop as it is now; what is read after it does too.
        await postern.json(MaildropPageSchema, server.caller(), list);
        await postern.problem('message-not-found', server.caller(), path);
        await postern.problem('message-not-found', server.caller(), `${path}/raw`);
      }
      expect(spooled.map(({ uidl }) => uidl)).toEqual(['single', 'twin']);
      expect(server.messages).toHaveLength(2);
    });
  });

  it('is listed from the beginning when a cursor could mean another of them', async () => {
    const spooled = [...twins, ...twins.slice(0, 1)];
    await withServer({ messages: spooled }, async (server) => {
      const { nextCursor } = await postern.json(MaildropPageSchema, server.caller(), `${list}?limit=3`);
      spooled.shift();
      await postern.problem('state-gone', server.caller(), `${list}?cursor=${nextCursor}`);
    });
  });

  it('is kept by no cache, since its id may mean the other one later', async () => {
    await withServer({ messages: twins }, async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), list);
      const kept: unknown[] = [];
      for (const { id } of page.messages) {
        for (const path of [`${list}/${id}/raw`, `${list}/${id}/parts/1`]) {
          const response = await postern.call(server.caller(), path);
          await response.arrayBuffer();
          const { status, headers } = response;
          kept.push([status, headers.get('cache-control'), headers.has('etag')]);
        }
      }
      const never = [200, 'no-store', false];
      const forever = [200, 'private, max-age=31536000, immutable', true];
      expect(kept).toEqual([never, never, forever, forever, never, never]);
    });
  });
});

describe.each(['FIN', 'RST'])('a connection that ends with %s', (how) => {
  const halfOf =
    (start: string): AnswerTo =>
    (command, socket) => {
      if (!command.startsWith(start)) return undefined;
      const whole = Buffer.concat([Buffer.from('+OK\r\n'), multiLine(letter('half', 'text\r\n'.repeat(500)))]);
      socket.write(whole.subarray(0, 2000), () => {
        if (how === 'FIN') socket.end();
        else socket.resetAndDestroy();
      });
      return null;
    };

  it.each(['', '/parts/2'])('in the middle of a message that is read is a problem (%s)', async (what) => {
    await withServer({ answer: halfOf('TOP') }, async (server) => {
      const problem = await postern.problem('connection-lost', server.caller(), `${list}/${idOf('a')}${what}`);
      expect(problem.status).toBe(502);
    });
  });

  it('never, in a message that is far longer than the server told, is given up at once', async () => {
    const line = Buffer.from(`${'x'.repeat(70)}\r\n`.repeat(1000));
    const answer: AnswerTo = (command, socket) => {
      if (!/^(TOP|RETR)/.test(command)) return undefined;
      socket.write('+OK\r\nSubject: endless\r\n\r\n');
      const more = (): void => {
        if (socket.destroyed) return;
        if (socket.write(line)) setImmediate(more);
        else socket.once('drain', more);
      };
      more();
      return null;
    };
    await withPopServer({ messages, answer }, async (server) => {
      const start = performance.now();
      await postern.problem('connection-lost', server.caller(), `${list}/${idOf('a')}`);
      expect(postern.log.join('\n')).toContain(
        '"event":"stream.failed","protocol":"pop3","host":"127.0.0.1","failure":"limit-exceeded"',
      );
      expect(performance.now() - start).toBeLessThan(10_000);
    });
  });

  it.each(['raw', 'parts/1'])('before the first byte of %s is a problem', async (what) => {
    const answer: AnswerTo = (command, socket) => {
      if (!/^(TOP|RETR)/.test(command)) return undefined;
      socket.end('+OK\r\n');
      return null;
    };
    await withPopServer({ messages, answer }, async (server) => {
      await postern.problem('connection-lost', server.caller(), `${list}/${idOf('a')}/${what}`);
    });
  });

  it('in the middle of a raw message breaks the answer off, so that it can not be taken for whole', async () => {
    await withServer({ answer: halfOf('TOP') }, async (server) => {
      const whole = postern.call(server.caller(), `${list}/${idOf('a')}/raw`).then((response) => response.text());
      await expect(whole).rejects.toThrow();
    });
  });

  it.each(['json', 'raw'] as const)(
    'in the middle of a download fails that message, and the receipt covers those before it (%s)',
    async (format) => {
      await withServer({ answer: halfOf('RETR 2') }, async (server) => {
        const { messages, errors, receipt } = await downloaded(postern, server.caller(), { format });
        expect(messages.map(({ uidl }) => uidl)).toEqual(['a']);
        expect(errors).toMatchObject([{ uidl: 'b', problem: { type: '/problems/connection-lost', status: 502 } }]);
        const body = { receipt: receipt?.receipt };
        expect(receipt?.count).toBe(1);
        await postern.json(AcknowledgedSchema, server.caller(), ack, { body });
        expect(server.messages.map(({ uidl }) => uidl)).toEqual(['b', 'c']);
      });
    },
  );

  it('instead of an answer to QUIT is never taken for a success', async () => {
    const answer: AnswerTo = (command, socket) => {
      if (command !== 'QUIT') return undefined;
      if (how === 'FIN') socket.end();
      else socket.resetAndDestroy();
      return null;
    };
    await withServer({ answer }, async (server) => {
      const call = { method: 'DELETE' };
      await postern.problem('connection-lost', server.caller(), `${list}/${idOf('a')}`, call);
      expect(server.messages).toHaveLength(3);
    });
  });
});

describe('a message that the server refuses', () => {
  it('fails alone in a download', async () => {
    await withServer({ answer: instead('RETR 2', '-ERR [SYS/TEMP] not now\r\n') }, async (server) => {
      const { messages, errors, receipt } = await downloaded(postern, server.caller());
      expect(messages.map(({ uidl }) => uidl)).toEqual(['a', 'c']);
      expect(errors).toMatchObject([
        { uidl: 'b', problem: { type: '/problems/server-busy', command: 'RETR', responseCode: 'SYS/TEMP' } },
      ]);
      expect(receipt?.count).toBe(2);
    });
  });

  it('to delete is not deleted, and the answer says so', async () => {
    await withServer({ answer: instead('DELE 2', '-ERR [SYS/PERM] no\r\n') }, async (server) => {
      const path = `${list}/${idOf('b')}`;
      const problem = await postern.problem('command-refused', server.caller(), path, { method: 'DELETE' });
      expect(problem).toMatchObject({ status: 502, command: 'DELE', responseCode: 'SYS/PERM' });
      expect(server.messages).toHaveLength(3);
      // Nothing was marked, so there was nothing to say QUIT for.
      expect(server.commands).not.toContain('QUIT');
    });
  });
});

it('reads once more in a new session when the warm one has died unnoticed', async () => {
  let isFirst = true;
  const answer: AnswerTo = (command, socket) => {
    if (!command.startsWith('TOP') || !isFirst) return undefined;
    isFirst = false;
    socket.resetAndDestroy();
    return null;
  };
  await withServer({ answer }, async (server) => {
    await postern.json(MaildropPageSchema, server.caller(), list);
    const email = await postern.json(MaildropEmailSchema, server.caller(), `${list}/${idOf('b')}`);
    expect(email.text).toBe('This is letter-b.\n');
    expect(server.connections).toBe(2);
  });
});

it('reads once more in a new session when the warm one does not say a word any more, and long before its deadline', async () => {
  let isFirst = true;
  const answer: AnswerTo = (command) => {
    if (!command.startsWith('TOP') || !isFirst) return undefined;
    isFirst = false;
    return null;
  };
  await withServer({ answer }, async (server) => {
    await postern.json(MaildropPageSchema, server.caller(), list);
    const start = Date.now();
    const email = await postern.json(MaildropEmailSchema, server.caller(), `${list}/${idOf('b')}`);
    expect(email.text).toBe('This is letter-b.\n');
    expect(Date.now() - start).toBeLessThan(15_000);
    expect(server.connections).toBe(2);
    const inFirst = server.commands.slice(0, server.commands.lastIndexOf('UIDL'));
    expect(inFirst.filter((command) => command.startsWith('TOP'))).toHaveLength(1);
  });
});

it('is not waited for so briefly in a session that has just been opened', async () => {
  const answer: AnswerTo = (command, socket) => {
    if (!command.startsWith('TOP')) return undefined;
    setTimeout(() => socket.write(Buffer.concat([Buffer.from('+OK\r\n'), multiLine(letter('slow'))])), 6_000);
    return null;
  };
  await withServer({ answer }, async (server) => {
    const email = await postern.json(MaildropEmailSchema, server.caller(), `${list}/${idOf('b')}`);
    expect(email.text).toBe('This is slow.\n');
    expect(server.connections).toBe(1);
  });
});

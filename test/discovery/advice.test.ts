import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adviceOf } from '../../src/discovery/advice.ts';
import { rules } from '../../src/discovery/advice-rules.ts';
import { type Advice, AdviceSchema, type Answers, AnswersSchema } from '../../src/discovery/advice-schema.ts';
import { knownProviderOf } from '../../src/discovery/providers.ts';

const root = join(import.meta.dirname, '..', '..');

const both = { offers: { imap: true, pop3: true }, provider: null };
const onlyPop = { offers: { imap: false, pop3: true }, provider: null };

const values: { readonly [question in keyof Answers]-?: readonly NonNullable<Answers[question]>[] } = {
  devices: ['one', 'several'],
  isShared: [true, false],
  isReadOffline: [true, false],
  connection: ['good', 'slow-or-rare'],
  serverStorage: ['enough', 'short'],
  isGathered: [true, false],
  keepsFolders: [true, false],
  hasOwnBackup: [true, false],
  leavesServer: [true, false],
};
const single: readonly Answers[] = Object.entries(values).flatMap(([question, each]) =>
  each.map((value) => AnswersSchema.parse({ [question]: value })),
);
let combinations: readonly Answers[] = [{}];
for (const [question, each] of Object.entries(values)) {
  const answered = combinations.flatMap((answers) =>
    each.map((value) => AnswersSchema.parse({ ...answers, [question]: value })),
  );
  combinations = combinations.concat(answered);
}

/** What cannot be had with the other protocol, the more important first (docs/pop-or-imap.md). */
const necessities: readonly (readonly [Answers, 'imap' | 'pop3'])[] = [
  [{ isShared: true }, 'imap'],
  [{ keepsFolders: true }, 'imap'],
  [{ devices: 'several' }, 'imap'],
  [{ leavesServer: true }, 'pop3'],
];
const holds = (answers: Answers, part: Answers): boolean =>
  Object.entries(part).every(([question, value]) => Reflect.get(answers, question) === value);
const answered = (answers: Answers): string[] => Object.keys(answers).sort();
const told = ({ reasons }: Advice): string[] =>
  reasons.map(({ answer }) => answer).filter((answer) => answer !== 'offers' && answer !== 'none');

describe('each answer alone', () => {
  test.each([
    [{}, 'imap', undefined],
    [{ devices: 'one' }, 'imap', undefined],
    [{ devices: 'several' }, 'imap', undefined],
    [{ isShared: true }, 'imap', undefined],
    [{ isShared: false }, 'imap', undefined],
    [{ isReadOffline: true }, 'pop3', 14],
    [{ isReadOffline: false }, 'imap', undefined],
    [{ connection: 'good' }, 'imap', undefined],
    [{ connection: 'slow-or-rare' }, 'pop3', 14],
    [{ serverStorage: 'enough' }, 'imap', undefined],
    [{ serverStorage: 'short' }, 'pop3', 0],
    [{ isGathered: true }, 'pop3', 0],
    [{ isGathered: false }, 'imap', undefined],
    [{ keepsFolders: true }, 'imap', undefined],
    [{ keepsFolders: false }, 'imap', undefined],
    [{ hasOwnBackup: true }, 'imap', undefined],
    [{ hasOwnBackup: false }, 'imap', undefined],
    [{ leavesServer: true }, 'pop3', 0],
    [{ leavesServer: false }, 'imap', undefined],
  ] as const)('%j: %s', (answers, protocol, leaveCopyDays) => {
    const advice = adviceOf(answers, both);
    expect(advice).toMatchObject({ protocol });
    expect(advice.leaveCopyDays).toBe(leaveCopyDays);
  });

  test('has a row in the table for each value that it can take, for each kind of provider', () => {
    for (const isDeletedByPop3 of [true, false]) {
      const rows = rules
        .filter((rule) => (rule.deletesByPop3 ?? isDeletedByPop3) === isDeletedByPop3)
        .map(({ answer, is }) => JSON.stringify({ [answer]: is }));
      expect(rows.sort()).toEqual(single.map((answers) => JSON.stringify(answers)).sort());
    }
  });
});

test('docs/pop-or-imap.md has the rules in their order', () => {
  const page = readFileSync(join(root, 'docs', 'pop-or-imap.md'), 'utf8');
  const shown = { imap: 'IMAP', pop3: 'POP', either: 'both' } as const;
  const rows = rules.map(({ answer, is, deletesByPop3, for: argued, strength, text }) => {
    const note = deletesByPop3 === false ? ' (2)' : '';
    return `| \`${answer}: ${is}\`${note} | ${shown[argued]} | ${strength} | ${text} |\n`;
  });
  expect(page).toContain(rows.join(''));
});

describe('two answers that pull apart', () => {
  test.each([
    // Who reads it from several places needs it in one place.
    [{ devices: 'several', serverStorage: 'short' }, 'imap', /fills up/],
    [{ devices: 'several', leavesServer: true }, 'imap', /stays on the server/],
    [{ devices: 'several', isReadOffline: true }, 'imap', /without a connection/],
    [{ devices: 'several', connection: 'slow-or-rare' }, 'imap', /Without a connection/],
    [{ devices: 'several', isGathered: true }, 'imap', /emptied into another/],
    [{ isShared: true, leavesServer: true }, 'imap', /stays on the server/],
    [{ isShared: true, serverStorage: 'short' }, 'imap', /fills up/],
    [{ keepsFolders: true, leavesServer: true }, 'imap', /stays on the server/],
    [{ keepsFolders: true, connection: 'slow-or-rare' }, 'imap', /Without a connection/],
    // What must be comes before what would be nice.
    [{ leavesServer: true, serverStorage: 'enough' }, 'pop3', /inbox alone/],
    [{ leavesServer: true, connection: 'good' }, 'pop3', /inbox alone/],
    // What counts twice comes before what counts once; where both count the same it is IMAP.
    [{ serverStorage: 'short', connection: 'good' }, 'pop3', /inbox alone/],
    [{ connection: 'slow-or-rare', serverStorage: 'enough' }, 'pop3', /inbox alone/],
    [{ isReadOffline: true, connection: 'good' }, 'imap', /To be read without a connection/],
    [{ isReadOffline: true, serverStorage: 'enough' }, 'imap', /To be read without a connection/],
  ] as const)('%j: %s, and what is given up is told', (answers, protocol, lost) => {
    const advice = adviceOf(answers, both);
    expect(advice.protocol).toBe(protocol);
    expect(advice.givenUp.filter((text) => lost.test(text))).toHaveLength(1);
  });
});

describe('all combinations of answers', () => {
  const keepsAll = knownProviderOf('yandex.com');
  const circumstances = [
    both,
    onlyPop,
    { offers: { imap: true, pop3: false }, provider: null },
    { offers: { imap: false, pop3: false }, provider: null },
    { ...both, provider: keepsAll },
    { ...onlyPop, provider: keepsAll },
  ];
  const all = combinations.flatMap((answers) =>
    circumstances.map((circumstance) => ({ answers, ...circumstance, advice: adviceOf(answers, circumstance) })),
  );
  type Case = (typeof all)[number];
  const counterexample = (isRight: (one: Case) => boolean): Case | undefined => all.find((one) => !isRight(one));

  test('are 19,683, in six circumstances', () => {
    expect(all).toHaveLength(3 ** 9 * 6);
  });

  test('have a reason for each answer that was given, and for no other', () => {
    expect(
      counterexample(({ answers, advice }) => told(advice).sort().join() === answered(answers).join()),
    ).toBeUndefined();
  });

  test('recommend nothing that is not offered, and say so', () => {
    expect(
      counterexample(({ offers: { imap, pop3 }, advice }) => {
        const lacking = advice.reasons.filter(({ answer }) => answer === 'offers').length;
        const isOffered = { imap, pop3 }[advice.protocol ?? 'imap'] === (advice.protocol !== null);
        return lacking === Number(!imap) + Number(!pop3) && (isOffered || (!imap && !pop3));
      }),
    ).toBeUndefined();
  });

  test('follow the first necessity of those that were stated', () => {
    expect(
      counterexample(({ answers, offers: { imap, pop3 }, provider, advice }) => {
        if (!imap || !pop3 || provider?.isDeletedByPop3 === false) return true;
        const first = necessities.find(([part]) => holds(answers, part));
        return first === undefined || first[1] === advice.protocol;
      }),
    ).toBeUndefined();
  });

  test('recommend IMAP for mail that is to leave a server where POP3 deletes nothing', () => {
    expect(
      counterexample(
        ({ answers, offers: { imap }, provider, advice }) =>
          !imap || answers.leavesServer !== true || provider !== keepsAll || advice.protocol === 'imap',
      ),
    ).toBeUndefined();
  });

  test('tell of each wish that is not met what is given up', () => {
    expect(
      counterexample(({ advice: { protocol, reasons, givenUp } }) => {
        if (protocol === null) return givenUp.length > 0;
        const unmet = reasons.filter(
          ({ answer, for: argued, strength }) =>
            argued !== 'either' && argued !== protocol && strength !== 'may' && answer !== 'offers',
        );
        return unmet.every(({ text }) => {
          const otherwise = rules.find((rule) => rule.text === text)?.otherwise;
          return otherwise !== undefined && otherwise !== null && givenUp.includes(otherwise);
        });
      }),
    ).toBeUndefined();
  });

  test('never have mail deleted as soon as one has it that others want as well', () => {
    expect(
      counterexample(({ answers, advice }) => {
        const isForOthers = necessities.slice(0, 3).some(([part]) => holds(answers, part));
        const isDeleted = advice.howTo.some((text) => text.includes('/v1/pop/downloads/ack'));
        return !isForOthers || !isDeleted;
      }),
    ).toBeUndefined();
  });

  test('tell how long a copy is left where it is POP3, and then what to call', () => {
    expect(
      counterexample(({ advice: { protocol, leaveCopyDays, howTo } }) => {
        const calls = howTo.join('\n');
        const isDeleted = calls.includes('/v1/pop/downloads/ack');
        const isPruned = calls.includes('/v1/pop/prune');
        if (protocol !== 'pop3') return leaveCopyDays === undefined && !isDeleted && !isPruned;
        if (leaveCopyDays === null) return !isDeleted && !isPruned;
        return leaveCopyDays === 0 ? isDeleted && !isPruned : !isDeleted && isPruned;
      }),
    ).toBeUndefined();
  });

  test('make an answer as the schema has it, each sentence once', () => {
    // Of each seven, since the schema takes longer than all the rest.
    const some = all.filter((_, index) => index % 7 === 0);
    expect(some.filter(({ advice }) => !AdviceSchema.safeParse(advice).success)).toEqual([]);
    const isTwice = (list: readonly string[]): boolean => new Set(list).size !== list.length;
    expect(counterexample(({ advice }) => !isTwice(advice.givenUp) && !isTwice(advice.howTo))).toBeUndefined();
    expect(counterexample(({ advice }) => advice.howTo.length > 0 && advice.givenUp.length > 0)).toBeUndefined();
  });
});

describe('the advice', () => {
  test('without answers is IMAP, with the reason', () => {
    expect(adviceOf({}, both).reasons).toEqual([
      expect.objectContaining({ answer: 'none', for: 'imap', text: expect.stringMatching(/nothing decides/) }),
    ]);
  });

  test('of a maildrop for several people is to leave what is in it', () => {
    const advice = adviceOf({ isShared: true }, onlyPop);
    expect(advice).toMatchObject({ protocol: 'pop3', leaveCopyDays: null });
    expect(advice.reasons[0]).toMatchObject({ answer: 'offers', text: 'No IMAP server is known for this address.' });
    expect(advice.givenUp).toContainEqual(expect.stringMatching(/sees nothing of what the others have read/));
  });

  test('of a full maildrop for several devices is to leave copies for two weeks', () => {
    const advice = adviceOf({ devices: 'several', serverStorage: 'short' }, onlyPop);
    expect(advice).toMatchObject({ protocol: 'pop3', leaveCopyDays: 14 });
    expect(advice.howTo).toContainEqual(expect.stringContaining('POST /v1/pop/prune with {"olderThanDays": 14}'));
  });

  test('tells what has to be done at the provider first, for the protocol that is recommended', () => {
    const provider = knownProviderOf('gmail.com');
    const byPop = adviceOf({ serverStorage: 'short' }, { offers: { imap: true, pop3: true }, provider });
    expect(byPop.howTo[0]).toBe('Gmail: POP3 has to be switched on first, in the settings of its web page.');
    expect(byPop.howTo).toContainEqual(expect.stringContaining('https://support.google.com/accounts/answer/185833'));
    const byImap = adviceOf({ devices: 'several' }, { offers: { imap: true, pop3: true }, provider });
    expect(byImap.howTo.filter((text) => text.includes('POP3 session'))).toEqual([]);
  });

  test('names the provider that has no POP3', () => {
    const provider = knownProviderOf('icloud.com');
    const advice = adviceOf({ serverStorage: 'short' }, { offers: { imap: true, pop3: false }, provider });
    expect(advice.protocol).toBe('imap');
    expect(advice.reasons[0]).toMatchObject({ answer: 'offers', text: 'iCloud Mail has no POP3.' });
  });

  test('is that there is no way where a provider has neither', () => {
    const provider = knownProviderOf('proton.me');
    const advice = adviceOf({ devices: 'one' }, { offers: { imap: false, pop3: false }, provider });
    expect(advice.protocol).toBeNull();
    expect(advice.howTo[0]).toMatch(/Bridge/);
  });

  test('names calls that there are', () => {
    const document = readFileSync(join(root, 'openapi.yaml'), 'utf8');
    const calls = new Set(
      [both, onlyPop].flatMap((circumstance) =>
        combinations.flatMap((answers) => adviceOf(answers, circumstance).howTo.flatMap((text) => callsIn(text))),
      ),
    );
    expect(calls.size).toBeGreaterThan(10);
    expect([...calls].filter((call) => !isDescribed(document, call))).toEqual([]);
  });
});

test('a word that is no answer is refused with what to give instead', () => {
  const wrong = AnswersSchema.safeParse({ devices: 'two', isShared: 'yes', connection: 'slow', extra: 1 });
  expect(wrong.error?.issues.map(({ message }) => message)).toEqual([
    'Give `one` or `several`.',
    'Give true or false.',
    'Give `good` or `slow-or-rare`.',
    expect.any(String),
  ]);
});

const callsIn = (text: string): string[] => text.match(/\b(?:GET|POST|PATCH|DELETE) \/v1\/[a-z/{}-]*[a-z}]/g) ?? [];

function isDescribed(document: string, call: string): boolean {
  const [method = '', path = ''] = call.split(' ');
  const start = document.indexOf(`\n  ${path}:\n`);
  const end = document.slice(start + 1).search(/\n {2}\S/);
  return start !== -1 && document.slice(start, start + 1 + end).includes(`\n    ${method.toLowerCase()}:\n`);
}

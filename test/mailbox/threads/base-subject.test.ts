import { describe, expect, it } from 'vitest';
import { baseSubjectOf, subjectKeyOf } from '../../../src/mailbox/threads/base-subject.ts';

describe('what a subject is about', () => {
  it.each([
    ['Minutes', 'Minutes'],
    ['Re: Minutes', 'Minutes'],
    ['RE : FW: fwd:Minutes', 'Minutes'],
    ['Re [urgent]: Minutes', 'Minutes'],
    ['[list] Re: [list] Minutes', 'Minutes'],
    ['  Re:\t Minutes   of  Monday ', 'Minutes of Monday'],
    ['Minutes (fwd) (FWD)  ', 'Minutes'],
    ['[fwd: Re: Minutes (fwd)]', 'Minutes'],
    ['Re: [Fwd: [fwd:Minutes]]', 'Minutes'],
    ['Rex: Minutes', 'Rex: Minutes'],
    ['Re Minutes', 'Re Minutes'],
    // Something has to be left when what is in brackets goes (§2.1, step 4).
    ['[list]', '[list]'],
    ['[a] [b] ', '[b]'],
    ['[list] [draft] Minutes', 'Minutes'],
    ['Re: [list]', '[list]'],
    ['Re:', ''],
    ['[fwd:]', ''],
    ['(fwd)', ''],
    ['', ''],
    ['[open Minutes', '[open Minutes'],
    ['[nested [list]] Minutes', '[nested [list]] Minutes'],
  ])('of "%s" is "%s"', (subject, base) => {
    expect(baseSubjectOf(subject)).toBe(base);
  });

  it('is the same in capitals, in another normal form and in plain letters', () => {
    expect(subjectKeyOf('Re: Grüße')).toBe(subjectKeyOf('GRU\u0308ßE'));
    expect(subjectKeyOf('ＭＩＮＵＴＥＳ')).toBe(subjectKeyOf('minutes'));
  });

  it('is not the same where a letter differs', () => {
    expect(subjectKeyOf('Maße')).not.toBe(subjectKeyOf('Masse'));
  });

  it.each([
    ['blobs', '[a]'.repeat(30_000)],
    ['open brackets', '['.repeat(100_000)],
    ['replies', 'Re: '.repeat(25_000)],
    ['forwards inside each other', '[fwd:'.repeat(15_000) + ']'.repeat(15_000)],
    ['forwards behind', ' (fwd)'.repeat(15_000)],
    ['blobs that are almost a reply', '[a] re [b] '.repeat(10_000)],
    ['spaces', ' '.repeat(100_000)],
  ])('is found in time that does not explode, in a subject full of %s', (_, subject) => {
    const start = process.cpuUsage();
    baseSubjectOf(subject);
    expect(process.cpuUsage(start).user).toBeLessThan(500_000);
  });
});

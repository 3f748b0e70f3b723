/**
 * Do folder names get the directory names that a mail server looks for?
 */

import { describe, expect, it } from 'vitest';
import { folderPath, modifiedUtf7 } from '../../scripts/mail-server/maildir.ts';

describe('modifiedUtf7', () => {
  it.each([
    // RFC 3501 §5.1.3's own example first.
    ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['Büro', 'B&APw-ro'],
    ['Tom & Jerry', 'Tom &- Jerry'],
    ['📬', '&2D3c7A-'],
  ])('writes %s as IMAP does', (text, encoded) => {
    expect(modifiedUtf7(text)).toBe(encoded);
  });
});

describe('folderPath', () => {
  it('puts a sub-folder beside its parent, as Maildir++ does', () => {
    expect(folderPath('/mail', 'INBOX')).toBe('/mail');
    expect(folderPath('/mail', 'Projekte/Büro')).toBe('/mail/.Projekte.B&APw-ro');
  });

  it.each(['a.b', '/a', 'a//b', 'a/'])('refuses %s, which would name another folder', (mailbox) => {
    expect(() => folderPath('/mail', mailbox)).toThrow('no place');
  });
});

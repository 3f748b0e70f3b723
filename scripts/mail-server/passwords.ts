/**
 * Which passwords does the server accept at this moment?
 *
 * Dovecot's passwd-file, replaced as a whole on each change, so that the server never reads half of one.
 */

import { chmod, rename, utimes, writeFile } from 'node:fs/promises';

/** Answers a function that replaces the file's content. */
export function passwordFile(path: string): (passwords: ReadonlyMap<string, string>) => Promise<void> {
  let seconds = Math.floor(Date.now() / 1000);
  return async (passwords) => {
    const lines = Array.from(passwords, ([user, password]) => {
      // The file's own separators; a password that holds one would be read as something else.
      if (/[:\s\0]/.test(user) || /[:\r\n\0]/.test(password))
        throw new Error('a user or password holds : or a line end');
      return `${user}:{PLAIN}${password}\n`;
    });
    const temporary = `${path}.new`;
    await writeFile(temporary, lines.join(''));
    // The server's authentication process, which is not root, reads it.
    await chmod(temporary, 0o644);
    // The server looks at size and modification time in whole seconds: two changes within one second must differ.
    seconds += 1;
    await utimes(temporary, seconds, seconds);
    await rename(temporary, path);
  };
}

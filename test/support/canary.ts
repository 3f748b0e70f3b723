/**
 * Words that must never be seen outside of mail: part of every password and of every subject in these tests.
 */
import { Buffer } from 'node:buffer';
export const canaryPassword = 'canary-password-Zq7Lx';
export const canarySubject = 'canary-subject-Kp3Vw';

/** The canaries in `text`, also where they hide in base64. */
export function canariesIn(text: string): string[] {
  return [canaryPassword, canarySubject].filter((canary) => formsOf(canary).some((form) => text.includes(form)));
}

/** Base64 shows the same bytes in three ways, depending on where they begin; the outermost characters mix with others. */
function formsOf(canary: string): string[] {
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.from(' '.repeat(shift) + canary)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift === 0 ? 0 : 4, -2),
  );
  return [canary, encodeURIComponent(canary), ...shifted];
}

/**
 * Whose mailbox does a scripted server have?
 *
 * Somebody else's each time: a server that comes later may get the port of one that is gone, and Postern remembers what it learned of
 * an account, such as how many sessions its server allows.
 */
let users = 0;

export function newUser(): string {
  users += 1;
  return `ada${users}@scripted.example`;
}

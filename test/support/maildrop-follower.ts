/**
 * A client that keeps a list of a maildrop's messages by what it is told of changes: it lists once, and applies from then on.
 */
import type { z } from 'zod';
import { MaildropChangesSchema } from '../../src/maildrop/schema/changes.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import type { Caller, Postern } from './postern.ts';

export type MaildropChanges = z.output<typeof MaildropChangesSchema>;

export const maildropChangesPath = '/v1/pop/changes';

/** The answer to a POST, which takes states of any length. */
export const maildropChanges = (
  postern: Postern,
  caller: Caller,
  body: { readonly since?: string; readonly maxChanges?: number; readonly wait?: number },
): Promise<MaildropChanges> => postern.json(MaildropChangesSchema, caller, maildropChangesPath, { body });

/** The ids of all messages, and the state of the first page. */
export async function maildropIds(postern: Postern, caller: Caller, limit = 500) {
  const ids: string[] = [];
  const states: (string | null)[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: z.output<typeof MaildropPageSchema> = await postern.json(
      MaildropPageSchema,
      caller,
      `/v1/pop/messages?limit=${limit}${query}`,
    );
    ids.push(...page.messages.map(({ id }) => id));
    states.push(page.state);
    cursor = page.nextCursor;
  }
  return { ids, states };
}

export class MaildropFollower {
  readonly ids: Set<string>;
  state: string;
  readonly #postern: Postern;
  readonly #caller: Caller;

  private constructor(postern: Postern, caller: Caller, ids: readonly string[], state: string) {
    this.#postern = postern;
    this.#caller = caller;
    this.ids = new Set(ids);
    this.state = state;
  }

  static async begin(postern: Postern, caller: Caller): Promise<MaildropFollower> {
    const { ids, states } = await maildropIds(postern, caller);
    const [state] = states;
    if (typeof state !== 'string') throw new Error('The first page has a state');
    return new MaildropFollower(postern, caller, ids, state);
  }

  /** Asks until there is nothing more to be told. Answers what it was told. */
  async follow(maxChanges = 500): Promise<readonly MaildropChanges[]> {
    const told: MaildropChanges[] = [];
    let hasMore = true;
    while (hasMore) {
      const changes = await maildropChanges(this.#postern, this.#caller, { since: this.state, maxChanges });
      this.apply(changes);
      told.push(changes);
      hasMore = changes.hasMoreChanges;
    }
    return told;
  }

  apply({ oldState, newState, created, destroyed }: MaildropChanges): void {
    if (oldState !== this.state) throw new Error('That goes on from another state');
    for (const id of destroyed ?? []) if (!this.ids.delete(id)) throw new Error('Never known, and gone');
    for (const id of created) this.ids.add(id);
    this.state = newState;
  }
}

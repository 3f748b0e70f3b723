/**
 * Which messages are one conversation, where nobody has worked it out? (RFC 5256 §3, REFERENCES)
 *
 * Steps 1 to 5 of the algorithm, as far as they say who belongs together; in which order a conversation is shown is left to
 * others. With time and memory that hostile References cannot make more than proportional to what they are. Pure.
 */
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import { Forest, type Node } from './forest.ts';
import type { ThreadedMessage } from './threaded-message.ts';

interface Thread {
  readonly uids: Uid[];
  /** Whose subject is that of all: the root's, or where that is not there, that of the first one sent of those next below it. */
  head: ThreadedMessage | null;
}

/**
 * The UIDs of each conversation, ascending. `messages` in the order of the mailbox. `bySubject`: those with the same base
 * subject are one as well (step 5); THREAD=REFS leaves that away.
 */
export function threadsByReferences(messages: readonly ThreadedMessage[], bySubject: boolean): Uid[][] {
  const forest = new Forest(limits.threadSteps);
  const nodes = linked(messages, forest);
  const threads = new Map<Node, Thread>();
  for (const [message, node] of nodes) {
    const { root, isBelowMessage } = forest.placeOf(node);
    const thread = threads.get(root) ?? { uids: [], head: null };
    thread.uids.push(message.uid);
    if (!isBelowMessage && (thread.head === null || message.sentAtMs < thread.head.sentAtMs)) thread.head = message;
    threads.set(root, thread);
  }
  const all = bySubject ? mergedBySubject([...threads.values()]) : [...threads.values()];
  return all.map(({ uids }) => uids.sort((one, other) => one - other));
}

/** Step 1: all that is known about who answers whom. */
function linked(messages: readonly ThreadedMessage[], forest: Forest): Map<ThreadedMessage, Node> {
  const known = new Map<string, Node>();
  const nodeOf = (messageId: string): Node => {
    const node = known.get(messageId) ?? forest.add(false);
    known.set(messageId, node);
    return node;
  };
  const nodes = new Map<ThreadedMessage, Node>();
  for (const message of messages) {
    const node = ownNode(message, nodeOf, forest);
    nodes.set(message, node);
    const references = message.references.map(nodeOf);
    for (const [index, reference] of references.entries()) {
      const before = references[index - 1];
      if (before !== undefined) forest.link(before, reference);
    }
    // What others have said of it counts less than what it says itself (step 1.C).
    forest.unlink(node);
    const answered = references.at(-1);
    if (answered !== undefined) forest.link(answered, node);
  }
  return nodes;
}

/** Of messages with the same Message-ID only the first has it. */
function ownNode({ messageId }: ThreadedMessage, nodeOf: (messageId: string) => Node, forest: Forest): Node {
  const node = messageId === null ? null : nodeOf(messageId);
  if (node === null || forest.isMessage(node)) return forest.add(true);
  forest.becomeMessage(node);
  return node;
}

/** Step 5: whichever way it joins two of one subject, they are one conversation. */
function mergedBySubject(threads: readonly Thread[]): Thread[] {
  const bySubject = new Map<string, Thread>();
  return threads.filter((thread) => {
    const subject = thread.head?.subject ?? '';
    if (subject === '') return true;
    const first = bySubject.get(subject);
    if (first === undefined) bySubject.set(subject, thread);
    else for (const uid of thread.uids) first.uids.push(uid);
    return first === undefined;
  });
}

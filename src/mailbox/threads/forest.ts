/**
 * Who answers whom? (RFC 5256 §3, steps 1 to 3)
 *
 * A forest of messages and of those that are only referred to. Each node has one parent at most and none is its own ancestor,
 * whatever order links are made in. Nothing here recurses: conversations are as deep as those who write them want. Pure.
 */

/** By its number, from 0. */
export type Node = number;

export interface Place {
  readonly root: Node;
  /** Whether one of its ancestors is a message that is there. */
  readonly isBelowMessage: boolean;
}

const none = -1;

export class Forest {
  readonly #parents: Node[] = [];
  readonly #childCounts: number[] = [];
  readonly #areMessages: boolean[] = [];
  readonly #places = new Map<Node, Place>();
  #stepsLeft: number;

  /** `steps`: how many ancestors are looked at, over all links, to see that there is no loop. */
  constructor(steps: number) {
    this.#stepsLeft = steps;
  }

  add(isMessage: boolean): Node {
    this.#areMessages.push(isMessage);
    this.#childCounts.push(0);
    return this.#parents.push(none) - 1;
  }

  isMessage(node: Node): boolean {
    return this.#areMessages[node] === true;
  }

  becomeMessage(node: Node): void {
    this.#areMessages[node] = true;
  }

  hasParent(node: Node): boolean {
    return this.#parentOf(node) !== none;
  }

  /** Does nothing where it would make a loop. */
  link(parent: Node, child: Node): void {
    if (this.hasParent(child) || this.#isAncestor(child, parent)) return;
    this.#parents[child] = parent;
    this.#childCounts[parent] = (this.#childCounts[parent] ?? 0) + 1;
  }

  unlink(child: Node): void {
    const parent = this.#parentOf(child);
    if (parent === none) return;
    this.#parents[child] = none;
    this.#childCounts[parent] = (this.#childCounts[parent] ?? 0) - 1;
  }

  /** Where a node is in the end: no links may be made any more. */
  placeOf(node: Node): Place {
    const path: Node[] = [];
    let at = node;
    while (!this.#places.has(at) && this.hasParent(at)) {
      path.push(at);
      at = this.#parentOf(at);
    }
    let place = this.#places.get(at) ?? { root: at, isBelowMessage: false };
    this.#places.set(at, place);
    for (const below of path.reverse()) {
      place = { root: place.root, isBelowMessage: place.isBelowMessage || this.isMessage(this.#parentOf(below)) };
      this.#places.set(below, place);
    }
    return place;
  }

  #parentOf(node: Node): Node {
    return this.#parents[node] ?? none;
  }

  /** When there are no steps left the answer is yes, so that nothing is linked that might make a loop. */
  #isAncestor(node: Node, of: Node): boolean {
    if (node === of) return true;
    // Nothing is below it: most links are of that kind, and take no step.
    if ((this.#childCounts[node] ?? 0) === 0) return false;
    let at = this.#parentOf(of);
    while (at !== none && at !== node) {
      if (this.#stepsLeft === 0) return true;
      this.#stepsLeft -= 1;
      at = this.#parentOf(at);
    }
    return at === node;
  }
}

/**
 * What does an XML document of settings consist of?
 *
 * Somebody else has written it. Elements, their attributes and texts, and no more of them than a document of settings has. No
 * document type: with it go entities of its own, which have been used to fill memories.
 */
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { limits } from '../core/limits.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** What stands in it, apart from its children, without space around it. */
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** The root; null for what is not well-formed, has a document type, or too much of anything. */
export function rootOf(xml: string): XmlElement | null {
  const tree = new Tree();
  const tokenizer = new Tokenizer({ xmlMode: true, decodeEntities: true }, callbacksFor(xml, tree));
  tokenizer.write(xml);
  tokenizer.end();
  return tree.root;
}

class Tree {
  readonly #open: Open[] = [];
  #root: XmlElement | null = null;
  #count = 0;
  #isBroken = false;

  get root(): XmlElement | null {
    return this.#isBroken || this.#open.length > 0 ? null : this.#root;
  }

  get last(): Open | undefined {
    return this.#open.at(-1);
  }

  break(): void {
    this.#isBroken = true;
  }

  begin(name: string): void {
    this.#count += 1;
    const isSecondRoot = this.#root !== null && this.#open.length === 0;
    if (isSecondRoot || this.#count > limits.settingsElements || this.#open.length >= limits.settingsDepth)
      this.break();
    if (!this.#isBroken) this.#open.push({ name, attributes: new Map(), children: [], text: '' });
  }

  end(name: string): void {
    if (this.#isBroken) return;
    const element = this.#open.pop();
    if (element?.name !== name) {
      this.break();
      return;
    }
    const closed = { ...element, text: element.text.trim() };
    const parent = this.last;
    if (parent === undefined) this.#root = closed;
    else parent.children.push(closed);
  }

  say(text: string): void {
    const { last } = this;
    if (last !== undefined) last.text += text;
    else if (text.trim() !== '') this.break();
  }
}

function callbacksFor(xml: string, tree: Tree): TokenizerCallbacks {
  const ignore = () => undefined;
  let attribute = '';
  let value = '';
  return {
    onopentagname: (start, end) => tree.begin(xml.slice(start, end)),
    onattribname: (start, end) => {
      attribute = xml.slice(start, end);
      value = '';
    },
    onattribdata: (start, end) => {
      value += xml.slice(start, end);
    },
    onattribentity: (codePoint) => {
      value += String.fromCodePoint(codePoint);
    },
    onattribend: () => {
      tree.last?.attributes.set(attribute, value);
    },
    onopentagend: ignore,
    onselfclosingtag: () => tree.end(tree.last?.name ?? ''),
    onclosetag: (start, end) => tree.end(xml.slice(start, end)),
    ontext: (start, end) => tree.say(xml.slice(start, end)),
    ontextentity: (codePoint) => tree.say(String.fromCodePoint(codePoint)),
    oncdata: (start, end, endOffset) => tree.say(xml.slice(start, end - endOffset)),
    ondeclaration: () => tree.break(),
    oncomment: ignore,
    onprocessinginstruction: ignore,
    onend: ignore,
  };
}

export const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name);

/** What stands in the first child of that name; empty when there is none. */
export const textOf = (element: XmlElement, name: string): string => childrenOf(element, name)[0]?.text ?? '';

/**
 * BODYSTRUCTURE as a tree of parts.
 *
 * imapflow parses the lists of RFC 9051 §7.5.2 and decodes the parameters; here its tree becomes the one that both
 * protocols share. A forwarded message is a leaf, whatever the server tells about its inside.
 */
import type { MessageStructureObject } from 'imapflow';
import { limits } from '../../core/limits.ts';
import { contentIdOf, fileNameOf, formatOf, isMediaType, tokenOf } from '../../core/mime/header.ts';
import type { MimePart } from '../../core/mime/part.ts';

export function mimePartOf(node: MessageStructureObject, depth = 0): MimePart {
  // imapflow's typings promise a type; a server need not give one.
  const told = String(node.type ?? unknownType);
  const isMultipart = told.startsWith('multipart/') && depth < limits.partDepth;
  const type = told.startsWith('multipart/') && !isMultipart ? unknownType : told;
  return {
    // A message that is no multipart has a part 1 all the same (RFC 9051 §6.4.5.1); imapflow leaves it unnamed.
    partId: node.part ?? (isMultipart ? '' : '1'),
    type: isMediaType(type) ? type : unknownType,
    charset: type.startsWith('text/') ? tokenOf(node.parameters?.['charset']) : null,
    name: fileNameOf(Object.entries(node.dispositionParameters ?? {}), Object.entries(node.parameters ?? {})),
    disposition: tokenOf(node.disposition),
    cid: contentIdOf(node.id ?? null),
    encoding: node.encoding?.trim() || '7bit',
    encodedSize: node.size ?? 0,
    ...formatOf(type, new Map(Object.entries(node.parameters ?? {}))),
    children: isMultipart ? (node.childNodes ?? []).map((child) => mimePartOf(child, depth + 1)) : [],
  };
}

const unknownType = 'application/octet-stream';

/** The leaf that `partId` names, or null: a multipart has no bytes of its own that anybody could want. */
export function leafOf(root: MimePart, partId: string): MimePart | null {
  if (root.type.startsWith('multipart/')) {
    for (const child of root.children) {
      const found = leafOf(child, partId);
      if (found !== null) return found;
    }
    return null;
  }
  return root.partId === partId ? root : null;
}

/** True for what can name a part at all; nothing else reaches the wire. */
export function isPartId(text: string): boolean {
  return /^[1-9]\d{0,4}(\.[1-9]\d{0,4})*$/.test(text);
}

/** What to fetch for a leaf: BODY[TEXT] is the same bytes as BODY[1] where there is no multipart, and never refused. */
export const sectionOf = (root: MimePart, leaf: MimePart): string => (leaf === root ? 'TEXT' : leaf.partId);

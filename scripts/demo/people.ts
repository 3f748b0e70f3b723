/**
 * Who writes to Ada?
 *
 * Invented people at .example domains (RFC 2606): those that appear in more than one mail.
 */
import type { Person } from './headers.ts';

export const ada: Person = { name: 'Ada Berger', address: 'ada@postern.example' };

// The family
export const clara: Person = { name: 'Clara Berger', address: 'clara@bergerhof.example' };
export const jonas: Person = { name: 'Jonas Berger', address: 'jonas.berger@mailhafen.example' };
export const heinz: Person = { name: 'Heinz Köhler', address: 'heinz.koehler@altepost.example' };
export const ingrid: Person = { name: 'Ingrid Berger', address: 'ingrid@bergerhof.example' };

// The studio, which lights museums, and those it works with
export const mira: Person = { name: 'Mira Novak', address: 'mira@nordlicht.example' };
export const tomasz: Person = { name: 'Tomasz Żurek', address: 'tomasz@nordlicht.example' };
export const priya: Person = { name: 'Priya Raman', address: 'priya@nordlicht.example' };
export const olga: Person = { name: 'Olga Sokolova', address: 'olga@perevod.example' };
export const kenji: Person = { name: 'Kenji Mori', address: 'mori@hikari-koubou.example' };
export const lena: Person = { name: 'Lena Ott', address: 'l.ott@stadtmuseum.example' };

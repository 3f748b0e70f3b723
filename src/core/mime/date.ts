/**
 * When was it sent, in the sender's zone? (RFC 5322 §3.3 and §4.3)
 *
 * `Date.parse` is no help: it forgets the sender's offset and reads a date without a zone in the zone of the machine.
 */
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Hours from UTC. RFC 5322 §4.3 names the American zones and takes every other as unknown 'unless there is out-of-band
 * information'; of the European ones there is, they mean one thing everywhere.
 */
const zoneHours: ReadonlyMap<string, number> = new Map([
  ['edt', -4],
  ['est', -5],
  ['cdt', -5],
  ['cst', -6],
  ['mdt', -6],
  ['mst', -7],
  ['pdt', -7],
  ['pst', -8],
  ['wet', 0],
  ['west', 1],
  ['cet', 1],
  ['cest', 2],
  ['mez', 1],
  ['mesz', 2],
  ['eet', 2],
  ['eest', 3],
  ['msk', 3],
  ['jst', 9],
]);

interface Moment {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly time: string;
  readonly zone: string;
}

/** `2026-11-20T09:30:00+01:00`, with `Z` where the zone is UTC or unknown; null when the text is no date. */
export function sentAtOf(text: string): string | null {
  // A date is short; what is longer is no date, and is not worth reading.
  if (text.length > 1000) return null;
  const moment = isoMoment(text.trim()) ?? mailMoment(text.replace(/\([^()]*\)/g, ' '));
  if (moment === null) return null;
  const { year, month, day, time, zone } = moment;
  const check = new Date(Date.UTC(2000, month - 1, day));
  check.setUTCFullYear(year, month - 1, day);
  if (year < 1 || year > 9999 || check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day) return null;
  const digits = (value: number, width: number) => String(value).padStart(width, '0');
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${time}${zone}`;
}

/** Some programs write RFC 3339 into the field. */
function isoMoment(text: string): Moment | null {
  const form = /^(\d{4})-(\d{1,2})-(\d{1,2})[T ]+(\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(\S*)/i.exec(text);
  const time = form === null ? null : timeOf(form[4] ?? '');
  if (form === null || time === null) return null;
  return { year: Number(form[1]), month: Number(form[2]), day: Number(form[3]), time, zone: zoneOf(form[5] ?? '') };
}

/** Day, month, year, time, zone, in the order of RFC 5322 or in that of C's `asctime`; the day of the week is not read. */
function mailMoment(text: string): Moment | null {
  let month = 0;
  let time: string | null = null;
  let zone = '';
  const numbers: string[] = [];
  for (const word of text
    .split(/[\s,]+/)
    .flatMap((each) => (/^\d+-[a-z]+-\d+$/i.test(each) ? each.split('-') : each))) {
    if (/^\d{1,2}[:.]\d{2}(?:[:.]\d{2})?$/.test(word)) time ??= timeOf(word.replaceAll('.', ':'));
    else if (/^\d{1,4}$/.test(word)) numbers.push(word);
    else if (month === 0 && /^[a-z]{3,9}\.?$/i.test(word)) month = months.indexOf(word.slice(0, 3).toLowerCase()) + 1;
    else if (time !== null && zone === '') zone = word;
  }
  const [day, year] = numbers;
  if (month === 0 || time === null || day === undefined || year === undefined) return null;
  return { year: fullYear(year), month, day: Number(day), time, zone: zoneOf(zone) };
}

/** RFC 5322 §4.3: two digits are this century up to 49, and three were made by adding to 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length <= 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

function timeOf(text: string): string | null {
  const [hour = 99, minute = 99, second = 0] = text.split(':').map(Number);
  if (hour > 23 || minute > 59 || second > 60) return null;
  // A leap second is a time that hardly any reader of RFC 3339 accepts.
  return [hour, minute, Math.min(second, 59)].map((part) => String(part).padStart(2, '0')).join(':');
}

function zoneOf(text: string): string {
  const form = /^(?:GMT|UTC?)?([+-])(\d{1,2}):?(\d{2})/i.exec(text);
  if (form !== null) {
    const [hours, minutes] = [Number(form[2]), Number(form[3])];
    if (hours > 23 || minutes > 59 || hours + minutes === 0) return 'Z';
    return `${form[1]}${String(hours).padStart(2, '0')}:${form[3]}`;
  }
  const hours = zoneHours.get(text.toLowerCase()) ?? 0;
  if (hours === 0) return 'Z';
  return `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
}

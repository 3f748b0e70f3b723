/**
 * Ways to write an address that leads inwards, each with the rule that has to catch it.
 *
 * As a host in a URL: of a mail server, of a provider, of a receiver. A rule that is taken out lets its rows through.
 */
export interface Spelling {
  /** What catches it. */
  readonly rule: string;
  readonly host: string;
}

const spelled = (rule: string, ...hosts: readonly string[]): Spelling[] => hosts.map((host) => ({ rule, host }));

/** One address or name of each range that leads inwards or nowhere. */
const ranges: readonly Spelling[] = [
  spelled('loopback (RFC 1122)', '127.0.0.1', '127.255.255.254', '[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]'),
  spelled('this host (RFC 1122)', '0.0.0.0', '0.1.2.3', '[::]'),
  spelled('private (RFC 1918)', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1'),
  spelled('unique local (RFC 4193)', '[fc00::1]', '[fd12:3456::1]', '[fd00:ec2::254]', '[fd20:ce::254]'),
  spelled('link-local (RFC 3927, 4291)', '169.254.169.254', '169.254.170.2', '[fe80::1]', '[febf::1]'),
  spelled('site-local (RFC 3879)', '[fec0::1]'),
  spelled('shared by carriers (RFC 6598)', '100.64.0.1', '100.100.100.200', '100.127.255.255'),
  spelled('multicast', '224.0.0.1', '239.255.255.250', '[ff02::1]', '[ff0e::1]'),
  spelled('broadcast', '255.255.255.255'),
  spelled('reserved', '240.0.0.1', '192.0.0.192', '192.88.99.1'),
  spelled('documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '[2001:db8::1]', '[3fff::1]'),
  spelled('benchmarking', '198.18.0.1', '198.19.255.255', '[2001:2::1]'),
  spelled('discard only (RFC 6666)', '[100::1]'),
  spelled('not given out (RFC 4291 §2.4)', '[::127.0.0.1]', '[::7f00:1]', '[4000::1]', '[5f00::1]', '[e000::1]'),
  spelled('IPv4-mapped', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:8.8.8.8]', '[::FFFF:169.254.169.254]'),
  spelled('IPv4-translated (RFC 6145)', '[::ffff:0:127.0.0.1]', '[::ffff:0:7f00:1]'),
  spelled('NAT64 (RFC 6052, 8215)', '[64:ff9b::7f00:1]', '[64:ff9b::10.0.0.1]', '[64:ff9b:1::a00:1]'),
  spelled('6to4 (RFC 3056)', '[2002:7f00:1::]', '[2002:a00:1::1]', '[2002:a9fe:a9fe::]'),
  spelled('Teredo (RFC 4380)', '[2001::1]', '[2001:0:7f00:1::]'),
  spelled(
    'special purpose (IANA)',
    '192.31.196.1',
    '192.52.193.1',
    '192.175.48.1',
    '[2001:3::1]',
    '[2001:4:112::1]',
    '[2001:30::1]',
    '[2620:4f:8000::1]',
    '[2001:1ff::1]',
  ),
  spelled('the host of Azure', '168.63.129.16', '0xa83f8110', '168.4161808', '168.63.129.16.'),
  spelled('ORCHID (RFC 4843, 7343)', '[2001:10::1]', '[2001:20::1]'),
].flat();

/** The same few addresses, written so that only a parser sees it. */
const disguises: readonly Spelling[] = [
  spelled('octal', '0177.0.0.1', '017700000001', '0251.0376.0251.0376', '012.0.0.1', '00000177.0.0.1'),
  spelled(
    'hexadecimal',
    '0x7f.0.0.1',
    '0x7f.1',
    '0x7f000001',
    '0X7F000001',
    '0xa9fea9fe',
    '0xA.0.0.1',
    '127.0.0.0x',
    '0x7f.0x0.0x0.0x1',
  ),
  spelled('one number', '2130706433', '2852039166', '167772161', '3232235777', '0'),
  spelled('fewer than four parts', '127.1', '127.0.1', '10.1', '169.254.43518', '192.168.257'),
  spelled(
    'a dot at the end',
    '127.0.0.1.',
    '10.0.0.1..',
    '0x7f.1.',
    '2130706433.',
    'localhost.',
    'metadata.google.internal.',
  ),
  spelled(
    'full-width and circled',
    '①②⑦.⓪.⓪.①',
    '１２７．０．０．１',
    '１６９．２５４．１６９．２５４',
    'ｌｏｃａｌｈｏｓｔ',
    '⑩.0.0.1',
  ),
  spelled('dots of other scripts', '127。0。0。1', '127．0．0．1', '127｡0｡0｡1', '10。1', 'printer。local'),
  spelled(
    'percent-encoded',
    '%31%32%37.0.0.1',
    '127%2e0%2e0%2e1',
    '%6c%6f%63%61lhost',
    '10%2E0.0.1',
    '%EF%BC%91%EF%BC%90.0.0.1',
  ),
].flat();

/** What only the resolver of a private network knows. */
const names: readonly Spelling[] = [
  spelled('loopback by name', 'localhost', 'LOCALHOST', 'LocalHost', 'mail.localhost', 'localhost.localdomain'),
  spelled('no dot', 'mailserver', 'metadata', 'instance-data', 'kubernetes', 'wpad'),
  spelled('metadata by name', 'metadata.google.internal', 'METADATA.GOOGLE.INTERNAL', 'instance-data.ec2.internal'),
  spelled(
    'names of a network of one’s own',
    'printer.local',
    'db.internal',
    'mail.home.arpa',
    'nas.lan',
    'host.docker.internal',
  ),
  spelled(
    'the same',
    'mail.corp',
    'router.home',
    'x.intranet',
    'x.private',
    'imap.svc',
    'kubernetes.default.svc.cluster.local',
  ),
  spelled('no name of the DNS', 'mail.test', 'mail.invalid', 'mail.alt', 'abcdefgh.onion'),
].flat();

export const inwardSpellings: readonly Spelling[] = [...ranges, ...disguises, ...names];

/** What is no host at all, and what hides another host than the one that is read first. */
export const noHosts: readonly string[] = [
  '',
  '.',
  '[',
  '[]',
  '[::1',
  '::1',
  '[fe80::1%25eth0]',
  '[fe80::1%eth0]',
  '[::ffff:127.0.0.1.5]',
  '[127.0.0.1]',
  '1.2.3.4.5',
  '256.0.0.1',
  '0x7f.0.0.0.1',
  'exa mple.com',
  'exa%20mple.com',
  'exa%mple.com',
  'exa%00mple.com',
  'imap.example.com%0d%0ahost',
  'imap.example.com%2f@127.0.0.1',
  '127.0.0.1%23.example.com',
  '127.0.0.1%3f.example.com',
  '127.0.0.1%5c.example.com',
  '127.0.0.1%40example.com',
  'a<b>.example.com',
  'a|b.example.com',
];

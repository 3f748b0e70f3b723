/**
 * Which networks does plain workerd not call outside of development, whatever a name resolves to?
 *
 * What workerd calls `public` leaves out private, loopback and link-local addresses, and has others in it behind which a gateway of one's own
 * network may have those: NAT64 and 6to4 first of all. `src/core/public-host.ts` refuses the same where they are written in an address; this
 * is for what the DNS answers. Of IPv6 only 2000::/3 is given out (RFC 4291 §2.4), so the rest is left out as a whole.
 */
export const inwardNetworks: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's host, of every virtual machine there: a public address that no router outside knows.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
  '4000::/2',
  '8000::/1',
];

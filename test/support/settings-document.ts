/**
 * Documents of settings, as Thunderbird reads them, and answers of the DNS in JSON.
 */

export interface Incoming {
  readonly type: string;
  readonly hostname: string;
  readonly port?: number | string;
  readonly socketType?: string;
  readonly username?: string;
  readonly authentication?: readonly string[];
}

export const incoming = ({ type, hostname, port, socketType = 'SSL', username, authentication }: Incoming): string =>
  `    <incomingServer type="${type}">
      <hostname>${hostname}</hostname>
      <port>${port ?? (type === 'imap' ? 993 : 995)}</port>
      <socketType>${socketType}</socketType>
      <username>${username ?? '%EMAILADDRESS%'}</username>
${(authentication ?? ['password-cleartext']).map((method) => `      <authentication>${method}</authentication>`).join('\n')}
    </incomingServer>`;

/** `rest` stands behind the provider. */
export const settingsDocument = (servers: readonly Incoming[], rest = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="example.com">
    <domain>example.com</domain>
    <displayName>Example &amp; Sons</displayName>
${servers.map(incoming).join('\n')}
    <outgoingServer type="smtp">
      <hostname>smtp.example.com</hostname>
      <port>465</port>
      <socketType>SSL</socketType>
    </outgoingServer>
  </emailProvider>
  ${rest}
</clientConfig>
`;

const types = { MX: 15, SRV: 33, CNAME: 5, TXT: 16 } as const;

/** `data` as `10 5 993 imap.example.com.`; `CNAME …` or `TXT …` for one of those, which may be on the way. */
export const dnsAnswer = (
  type: 'MX' | 'SRV',
  data: readonly string[],
  { status = 0, isSigned = false }: { readonly status?: number; readonly isSigned?: boolean } = {},
): string =>
  JSON.stringify({
    ...{ Status: status, TC: false, RD: true, RA: true, AD: isSigned, CD: false },
    Question: [{ name: 'example.com', type: types[type] }],
    Answer: data.map((text) => {
      const [, other, rest = text] = /^(CNAME|TXT) (.*)$/.exec(text) ?? [];
      const kind = other === 'CNAME' || other === 'TXT' ? other : type;
      return { name: 'example.com', type: types[kind], TTL: 300, data: rest };
    }),
  });

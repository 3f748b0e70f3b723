/**
 * How does a connection to a mail server begin?
 *
 * The only place that calls `connect()`. Whatever asks for a connection, it goes through the egress rule here first.
 */
import { connect } from 'cloudflare:sockets';
import { Failed } from '../core/failure.ts';
import { type MailServer, refusalOf } from '../core/server.ts';

/** Dials `server`. Throws `server-forbidden` before anything leaves the machine; a failure to connect shows at `opened`. */
export function dial(server: MailServer, development: boolean): Socket {
  const reason = refusalOf(server, development);
  if (reason !== null) throw new Failed({ kind: 'server-forbidden', reason });
  const secureTransport = server.security === 'tls' ? 'on' : 'starttls';
  // No expectedServerHostname: production takes the name for SNI and certificate from `hostname` and refuses the option.
  return connect({ hostname: server.host, port: server.port }, { secureTransport, allowHalfOpen: false });
}

/** Ends a connection without waiting: `close()` on a socket that never connected can take 20 s. */
export function hangUp(socket: Socket): void {
  // A connection that is being thrown away has no failure left that anybody could act on.
  socket.close().catch(() => undefined);
}

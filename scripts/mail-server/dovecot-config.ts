/**
 * What does Dovecot have to be told to run from one directory, on loopback, beside any other Dovecot?
 *
 * Text only, no I/O. Debian 12 has Dovecot 2.3, Debian 13 has 2.4, and the two agree on the meaning of the settings but
 * not on their names.
 */

import { join } from 'node:path';
import type { Certificates } from './certificates.ts';

export interface MailPorts {
  /** Cleartext, with STARTTLS. */
  readonly imap: number;
  /** Implicit TLS. */
  readonly imaps: number;
  /** Cleartext, with STLS. */
  readonly pop3: number;
  /** Implicit TLS. */
  readonly pop3s: number;
}

export interface DovecotSettings {
  /** `dovecot --version`, for example '2.3.19.1'. */
  readonly version: string;
  readonly directory: string;
  readonly ports: MailPorts;
  readonly certificates: Certificates;
  /** The name or number of the user and group that own the mail. */
  readonly mailUser: string;
  readonly mailGroup: string;
  /** Set when we are not root: then we ourselves run all of it, and nothing is put into a chroot. */
  readonly runAs?: { readonly user: string; readonly group: string };
  readonly maxConnectionsPerUser: number;
  readonly authFailureDelaySeconds: number;
  readonly introspection: Introspection | undefined;
  readonly extraConfig: string;
}

/** Who says whether an access token is good, and whose it is? (RFC 7662) */
export interface Introspection {
  /** By HTTPS, with a name and a password in it if the endpoint wants them. */
  readonly url: string;
  /** The authority that signed its certificate. */
  readonly caFile: string;
}

/** Where each thing is under the server's directory. */
export const layout = {
  config: (directory: string): string => join(directory, 'dovecot.conf'),
  log: (directory: string): string => join(directory, 'dovecot.log'),
  passwords: (directory: string): string => join(directory, 'passwords'),
  oauth2: (directory: string): string => join(directory, 'oauth2.conf'),
  authSocket: (directory: string): string => join(directory, 'run', 'auth-client'),
  mail: (directory: string): string => join(directory, 'mail'),
  maildir: (directory: string, user: string): string => join(directory, 'mail', user, 'Maildir'),
} as const;

const SPECIAL_USE = ['Drafts', 'Sent', 'Trash', 'Junk', 'Archive'] as const;

/** Folders that every user has from the start. */
export const ownMailboxes: readonly string[] = ['INBOX', ...SPECIAL_USE];

export function dovecotConfig(settings: DovecotSettings): string {
  const named = is23(settings.version) ? named23 : named24;
  return [named(settings), common(settings), settings.extraConfig, ''].join('\n');
}

/** What Dovecot 2.3 wants in a file of its own; null where there is nothing to say. */
export function oauth2Config({ introspection, version }: DovecotSettings): string | null {
  if (introspection === undefined || !is23(version)) return null;
  return `introspection_mode = post
introspection_url = ${introspection.url}
tls_ca_cert_file = ${introspection.caFile}
username_attribute = username
active_attribute = active
active_value = true
`;
}

/**
 * With `auth_failure_delay = 0` as well, refusals are told but twice a second, unless the first to be asked wants no delay. It lets
 * nobody in.
 */
const refusedAtOnce23 = `passdb {
  driver = static
  args = nopassword=y nodelay=y
  result_success = continue-fail
}`;

function tokens23({ directory, introspection }: DovecotSettings): string {
  if (introspection === undefined) return '';
  return `auth_mechanisms = plain login oauthbearer xoauth2
passdb {
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = ${layout.oauth2(directory)}
}`;
}

function tokens24({ introspection }: DovecotSettings): string {
  if (introspection === undefined) return '';
  return `auth_mechanisms {
  oauthbearer = yes
  xoauth2 = yes
}
oauth2 {
  introspection_mode = post
  introspection_url = ${introspection.url}
  username_attribute = username
  active_attribute = active
  active_value = true
  ssl_client_ca_file = ${introspection.caFile}
}`;
}

function is23(version: string): boolean {
  return version.startsWith('2.3.');
}

function named23(settings: DovecotSettings): string {
  const { directory, certificates, mailUser, mailGroup } = settings;
  return `
protocols = imap pop3
disable_plaintext_auth = no
ssl = yes
ssl_cert = <${certificates.certFile}
ssl_key = <${certificates.keyFile}
mail_location = maildir:~/Maildir
pop3_uidl_format = %08Xu%08Xv
${settings.authFailureDelaySeconds === 0 ? refusedAtOnce23 : ''}
${tokens23(settings)}
passdb {
  driver = passwd-file
  args = ${layout.passwords(directory)}
}
userdb {
  driver = static
  args = uid=${mailUser} gid=${mailGroup} home=${layout.mail(directory)}/%u
}`;
}

function named24(settings: DovecotSettings): string {
  const { directory, certificates, mailUser, mailGroup } = settings;
  return `
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {
  imap = yes
  pop3 = yes
}
auth_allow_cleartext = yes
ssl = yes
ssl_server_cert_file = ${certificates.certFile}
ssl_server_key_file = ${certificates.keyFile}
mail_driver = maildir
mail_path = ~/Maildir
pop3_uidl_format = %{uid | hex(8)}%{uidvalidity | hex(8)}
${tokens24(settings)}
passdb passwd-file {
  passwd_file_path = ${layout.passwords(directory)}
}
userdb static {
  fields {
    uid = ${mailUser}
    gid = ${mailGroup}
    home = ${layout.mail(directory)}/%{user}
  }
}`;
}

function common(settings: DovecotSettings): string {
  const { directory, runAs } = settings;
  return `
listen = 127.0.0.1
base_dir = ${join(directory, 'run')}
state_dir = ${join(directory, 'state')}
log_path = ${layout.log(directory)}
first_valid_uid = 1
first_valid_gid = 1
auth_failure_delay = ${settings.authFailureDelaySeconds} s
# It is thrown away when it stops, so nothing has to survive a power cut.
mail_fsync = never
${runAs === undefined ? '' : unprivileged(runAs)}
namespace inbox {
  inbox = yes
  separator = /
${SPECIAL_USE.map((name) => `  mailbox ${name} {\n    special_use = \\${name}\n    auto = subscribe\n  }`).join('\n')}
}
${(['imap', 'pop3'] as const).map((protocol) => listeners(protocol, settings)).join('\n')}
${(['imap', 'pop3'] as const).map((protocol) => `protocol ${protocol} {\n  mail_max_userip_connections = ${settings.maxConnectionsPerUser}\n}`).join('\n')}
# Without this a wrong password makes every later login from this address wait, whatever auth_failure_delay says.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
${runAs === undefined ? '' : '  chroot ='}
}
service auth {
  # For the check that a changed password has arrived.
  unix_listener auth-client {
    mode = 0600
  }
}`;
}

function unprivileged({ user, group }: { readonly user: string; readonly group: string }): string {
  return `default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}`;
}

function listeners(protocol: 'imap' | 'pop3', { version, ports, runAs }: DovecotSettings): string {
  return `service ${protocol}-login {
  # One process serves all logins: many at once then cost no fork each.
  ${is23(version) ? 'service_count = 0' : 'restart_request_count = unlimited'}
  client_limit = 500
${runAs === undefined ? '' : '  chroot ='}
  inet_listener ${protocol} {
    port = ${ports[protocol]}
  }
  inet_listener ${protocol}s {
    port = ${ports[`${protocol}s`]}
    ssl = yes
  }
}
service ${protocol} {
  process_limit = 500
}`;
}

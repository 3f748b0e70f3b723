/**
 * What is known of providers, so that their operator need not say it?
 *
 * All but the client, which each operator registers. Endpoints as in their own documents of metadata (RFC 8414), scopes and servers
 * as in their pages for authors of mail programs.
 */
import type { ProviderFields } from './provider.ts';

type Known = Omit<ProviderFields, 'clientId'>;

/** Google says `access_type` and not `offline_access`, and gives a refresh token anew only when the user is asked again. */
export const google: Known = {
  issuer: 'https://accounts.google.com',
  authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenEndpoint: 'https://oauth2.googleapis.com/token',
  scopes: {
    imap: ['openid', 'email', 'https://mail.google.com/'],
    pop3: ['openid', 'email', 'https://mail.google.com/'],
  },
  imap: 'imaps://imap.gmail.com',
  pop3: 'pop3s://pop.gmail.com',
  userFrom: 'id_token.email',
  parameters: { access_type: 'offline', prompt: 'consent' },
};

/** Whoever may sign in: `common`, `organizations`, `consumers`, or one tenant's id or domain. */
export const microsoft = (tenant: string): Known => ({
  // In a token it holds the id of the user's tenant; their metadata spell it so as well.
  issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  authorizationEndpoint: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`,
  tokenEndpoint: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
  scopes: {
    imap: [...microsoftScopes, 'https://outlook.office.com/IMAP.AccessAsUser.All'],
    pop3: [...microsoftScopes, 'https://outlook.office.com/POP.AccessAsUser.All'],
  },
  imap: 'imaps://outlook.office365.com',
  pop3: 'pop3s://outlook.office365.com',
  userFrom: 'id_token.preferred_username',
  parameters: {},
});

const microsoftScopes = ['openid', 'profile', 'email', 'offline_access'];

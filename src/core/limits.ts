/**
 * Every number that bounds something, with its unit in its name and its reason beside it.
 */
const KiB = 1024;
const MiB = 1024 * KiB;

export const limits = {
  // Deadlines of a mail session. RFC 1939 §3 and RFC 9051 §5.4 let a server wait minutes; an HTTP caller does not.
  connectMs: 10_000,
  greetingMs: 10_000,
  loginMs: 20_000,
  commandMs: 30_000,
  /** The first sign of life of a session that was kept warm. */
  wakeUpMs: 5_000,
  /** From the request to the head of its answer. Low-code tools give up after 30 to 60 s. */
  requestMs: 55_000,
  /** Until when after the request it is found out what has become of messages that were to be deleted; the rest is for the answer. */
  lookAgainMs: 50_000,
  /**
   * How long deleting goes on whose caller has been told to ask again: 1,000 messages one at a time, 0.3 s each. What is done then is
   * not to be done again.
   */
  deletingMs: 5 * 60_000,
  /** How long a request waits for a session of its account. */
  queueMs: 20_000,
  /**
   * How long the reader of a stream may take nothing before its mail session is taken back. A kernel hides a slow one: with 4
   * MB to send, Linux takes more when a third of that has left. At 5 KB/s that is every 5 minutes (docs/performance.md).
   */
  stalledReaderMs: 6 * 60_000,
  /**
   * How long a stream may not be read at all. The gateway begins at once, so then its caller had left while the session was being
   * opened; whoever comes next waits for the session no longer than `queueMs`.
   */
  unclaimedStreamMs: 5_000,
  /** From the first to the last byte of a stream, which holds a session, or locks a maildrop: 40 MB at 3 KB/s. */
  streamMs: 4 * 60 * 60_000,
  /** What a mail server has to send of a message on average while it is waited for; a modem managed five times that. */
  replyBytesPerSecond: 1 * KiB,
  /** How long the sender of a message may send nothing, while a mail session waits for the rest. */
  stalledSenderMs: 30_000,
  /** From the first to the last octet of a message that is added; 150 MB at 2 Mbit/s. */
  uploadMs: 10 * 60_000,

  // What is called by HTTPS
  /** From the call to the last octet of the answer. Who calls in turn has to answer within `requestMs`. */
  fetchMs: 10_000,
  /** Of an address that somebody names to be called: what browsers and servers agree on is about 2,000. */
  urlBytes: 2_048,
  /** RFC 1035 §2.3.4: 253 as text, and a dot; three times that for one that is percent-encoded throughout. */
  hostChars: 3 * 254,

  // Sessions of one account
  /** Yahoo allows 5 connections a user, Dovecot 10, Gmail 15; other devices need some of them. */
  sessionsPerMailbox: 3,
  /** A web page that shows a folder of thumbnails asks for dozens of parts at once. */
  queuedRequests: 200,
  /** How long fewer sessions are used after a server has refused one more. */
  fewerSessionsMs: 15 * 60_000,
  /** The same after a refusal that may have had another reason: a network that failed once, a session that had just ended. */
  fewerSessionsUnsureMs: 5_000,
  idleMailboxSessionMs: 60_000,
  /** How long ago roles may have been listed to decide which mailboxes a narrowed capsule may reach: another program may give them to others. */
  rolesBelievedMs: 60_000,
  /** A maildrop is locked while its session is open, so it is kept just long enough for a list and its reads. */
  idleMaildropSessionMs: 3_000,
  /** How long a server may take to see that our last session with a maildrop has ended, before its lock is somebody's else. */
  lingeringLockMs: 4_000,
  lockedRetryMs: 250,
  /** After this a session ends even if it is busy all day, so that a changed password stops working. */
  sessionAgeMs: 15 * 60_000,

  // Who listens for changes
  /** Of one account, event streams and waiting calls together: a browser with a dozen tabs on each of several devices. */
  listeners: 100,
  /** Of one account. As many of them as sessions allow are listened to, and the others asked about. */
  watchedMailboxes: 8,
  /**
   * RFC 2177 asks for a new IDLE before 29 minutes, and routers forget connections that are silent for five. It is also when a connection
   * that died in silence is noticed, and what a server does not tell of, such as another name of the mailbox.
   */
  idleMs: 4 * 60_000,
  /** Between two questions where the server does not speak by itself, or where others need the session. Between two logins to a maildrop. */
  livePollMs: 15_000,
  /** How soon it is tried again to hold a session, when all were taken: most requests are done by then. */
  holdAgainMs: 500,
  /** From one look at what has changed to the next: whoever moves 500 messages tells of each of them. */
  livePauseMs: 250,
  /** The same with a server that keeps telling of changes and has none. */
  livePauseMostMs: 16_000,
  /** A session that was lost is replaced at once, then after a second, twice as long each time; at most so long. */
  reopenMostMs: 30_000,
  /** After so long without the mail server those who listen are told. */
  liveOutageMs: 2 * 60_000,
  /** A reader who is gone is noticed when something is written; proxies drop connections that are silent for a minute. */
  heartbeatMs: 20_000,
  /** Then a stream of events ends, and its reader connects again: one who stays and reads nothing cannot be told from one who reads. */
  eventsMs: 60 * 60_000,
  /** How long `changes` may wait for one; the rest of `requestMs` is for the answer. */
  waitSeconds: 50,

  // Credentials that a mail server refuses. Servers lock an account after 5 to 20 refusals within minutes.
  /** Different ones that are tried without delay: somebody who mistypes. */
  freeRefusals: 5,
  throttleMs: 10_000,
  throttleMostMs: 5 * 60_000,
  refusalsForgottenMs: 60 * 60_000,
  /** The same one again: a program that was not told of a new password. */
  freeRepeats: 2,
  repeatMs: 5_000,
  repeatMostMs: 15 * 60_000,
  refusedCredentials: 32,
  acceptedCredentials: 8,
  /** After this without a login, an object keeps nothing. */
  loginsRememberedMs: 7 * 24 * 60 * 60_000,

  // The operator's door
  /** The period of the rate limiting binding in wrangler.toml. */
  floodSeconds: 10,
  /** How long the platform may take to count; it does so in memory, beside the Worker. */
  floodMs: 1_000,
  /** How long a meter may take: it does nothing but count. */
  meterMs: 5_000,
  meterRetrySeconds: 1,
  /** How long the keys of Cloudflare Access may take to come. */
  accessKeysMs: 5_000,
  /** How soon they are asked for again because of a token whose key is not among them; anybody can send such a one. */
  accessKeysAgainMs: 5_000,
  /** A key that the team has withdrawn is good no longer than that. */
  accessKeysAgeMs: 10 * 60_000,
  accessRetrySeconds: 5,
  /** By how much clocks may differ. */
  accessClockSeconds: 30,
  /** How long a browser remembers which calls a page may make: Chromium takes no more. */
  preflightSeconds: 7_200,

  // What a mail server may send, and be sent
  /** Questions about single mailboxes that are on their way at once; all of them have to be answered within `commandMs`. */
  imapMailboxesAhead: 25,
  /** Each mailbox is compared with each of them: 20,000 of both took a minute, in which no other account was served. Real servers have three. */
  imapNamespaces: 100,
  /** RFC 2683 §3.2.1.5: servers take lines of 8,000 octets. */
  imapCommandLineBytes: 7_900,
  /** RFC 2449 §4 allows 512 octets and RFC 9051 none in particular; real greetings and CAPA lines stay far below. */
  replyLineBytes: 8 * KiB,
  /** A LIST or UIDL of 100,000 messages is about 2.5 MB. */
  replyListBytes: 16 * MiB,
  /** A header block beyond this is no mail; Gmail refuses 500 KB. */
  headerBytes: 512 * KiB,
  /** Of one message or part, while its structure is found; the rest of the block is not read. */
  partHeaderBytes: 256 * KiB,
  /** Real mail has a few dozen parts; 100,000 have been sent to bring parsers down. */
  parts: 1_000,
  /** Multiparts inside each other. */
  partDepth: 32,
  /** All header blocks of one page together; a typical one is 2 to 10 KiB. */
  pageHeaderBytes: 16 * MiB,
  imapLineBytes: 4 * MiB,
  /** The largest literal that is taken into memory at once; messages come in chunks below it. */
  imapLiteralBytes: 8 * MiB,
  imapResponseBytes: 24 * MiB,
  imapResponseTokens: 400_000,
  /** Literals in all responses to one command: a page of 500 has one each, and one more for each name that is not ASCII. */
  imapAnswerLiterals: 50_000,
  /** All responses to one command without their literals, which cost nothing to parse: a page of structures of 16 KiB each. */
  imapAnswerLineBytes: 8 * MiB,
  /** Responses to one command, asked for or not: a page has 500, and the largest accounts some thousands of mailboxes. */
  imapAnswerResponses: 50_000,
  /** Where each message is told of, in a few words: the flags of a mailbox of 250,000. */
  imapLongAnswerResponses: 300_000,
  imapLongAnswerLineBytes: 24 * MiB,
  /** All responses to one command together: a page's headers and its structures are held in memory at once. */
  imapAnswerBytes: 32 * MiB,
  /** What is parsed of lines without a pause for other accounts: at worst 0.1 s. */
  imapUnbrokenBytes: 256 * KiB,
  /** What a message may have beyond twice the size that was told: some servers count an end of line as one octet. */
  messageExcessBytes: 1 * MiB,
  /** One partial FETCH: large enough that round trips do not dominate, small against an isolate's 128 MB. */
  fetchChunkBytes: 1 * MiB,
  /** What is handed on at a time; small against what the kernel's buffers take at once. */
  streamPieceBytes: 32 * KiB,
  /** For finding out where in an encoded part a range begins, which takes reading it once: 60 MB at 4 MB/s. */
  surveyMs: 15_000,
  /** Messages and parts whose length an object remembers; one of 60 MB takes 4 KB. */
  measuredSections: 32,
  /** Of small messages that are fetched at once for an export; as much again is on its way. */
  exportBatchBytes: 2 * MiB,
  /** Messages whose size is asked for at once for an export. */
  exportBatchMessages: 500,
  /** Messages that one export may be limited to, for those who want it in pieces. */
  exportMessages: 100_000,
  /** Messages in one zip file: of each, its name, its digest and its ids are held to the end, some 0.8 KB. */
  zipMessages: 100_000,
  /** Messages of which a POP3 server's TOP is held against LIST before it is relied upon, and the octets that such a one may have. */
  probeMessages: 3,
  probeBytes: 64 * KiB,

  // Conversations, where the server does not find them itself
  /** The newest messages that are looked at: their headers are some 5 MB, and take about a second. */
  threadedMessages: 10_000,
  /** Of one message's header; a References field of 50 is about 3 KB. All of them together are held in memory. */
  threadHeaderBytes: 4 * KiB,
  /** Messages whose headers are asked for at once. */
  threadBatch: 1_000,
  /** References of one message that count. */
  threadReferences: 20,
  /** Ancestors that are looked at to see that nobody answers himself: some 0.1 s. Only contrived References need a thousandth of it. */
  threadSteps: 20_000_000,
  /** Messages of one conversation that a list of conversations looks into: its oldest, and so many of the newest. */
  threadSample: 10,
  /** Messages of one conversation that are given as summaries. */
  threadSummaries: 500,

  // What is read of a message to show what it begins with, which is 256 characters
  /** Nine octets a character at most (quoted-printable, UTF-8), and some quoted lines. */
  previewTextBytes: 4 * KiB,
  /** Newsletters begin with styles. A page of 500 is 8 MB of it, which is held in memory. */
  previewHtmlBytes: 16 * KiB,
  /** Parts that are asked for in one go. */
  previewCommands: 20,

  // What is on its way at once when a POP3 server announces PIPELINING. It is filled up by halves, and each half is a round trip: 80
  // messages of 25 KB, or 100 small ones.
  pipelineBytes: 4 * MiB,
  pipelineCommands: 200,

  // What a request may ask for
  pageMessages: 500,
  pageMessagesDefault: 50,
  /** A `q`, or all texts of a filter: quoted and sent they fit into `imapCommandLineBytes`. */
  searchChars: 2_000,
  searchConditions: 50,
  searchDepth: 10,
  /** What a search may find: a UID each is kept in memory, some 50 octets. */
  searchHits: 500_000,
  /** Messages that are looked at one by one, where IMAP knows no key for a condition. A structure takes 0.5 ms to parse. */
  searchLooks: 5_000,
  /** Each takes two round trips, and one more for what is shown of it. */
  searchMailboxes: 50,
  bodyBytesDefault: 256 * KiB,
  bodyBytes: 4 * MiB,
  /** HTML that is read at least for a text made from it: style sheets of newsletters take up to 100 KB before the first word. */
  htmlForTextBytes: 256 * KiB,
  /** Messages inside a message whose headers are read: a digest has dozens. */
  embeddedMessages: 50,
  /** Of each of those: what stands before its subject are mostly Received and signatures. */
  embeddedHeaderBytes: 32 * KiB,
  /** Header fields in `fields`: they go into one command line of 8,000 octets. */
  headerProperties: 50,
  /** Changes told in one answer. */
  changes: 500,
  /** The same of a maildrop, where each answer takes a login: ids of 10,000 messages are 1 MB at most. */
  maildropChanges: 10_000,
  /** The same field in several forms: a page of `pageHeaderBytes` of it comes that often in one answer. */
  headerPropertiesOfOne: 2,
  patchKeywords: 50,
  /** Messages that are changed at once. Whatever their UIDs are, they fit into one command line. */
  batchMessages: 500,
  /** From when on a batch that has to go message by message begins no further one: each takes three round trips or so. */
  batchMs: 35_000,
  pageThreads: 100,
  pageThreadsDefault: 25,
  /** What a file system takes for one name. */
  mailboxNameBytes: 255,
  downloadMessages: 1_000,
  /** Messages that are deleted at once for their age or their number. */
  pruneMessages: 1_000,
  /** The same where each takes a round trip of its own: 20 s at 200 ms. */
  pruneMessagesOneByOne: 100,
  /** Messages whose headers are looked at in one go. */
  pruneLooks: 100,
  /** The same where each takes a round trip of its own, so that the time is looked at often enough. */
  pruneLooksOneByOne: 10,
  /** From when on no more of them are looked at; to delete what was found takes no longer, as each is asked for once again. */
  pruneLookMs: 20_000,
  /** From when on nothing is deleted any more: the server may take `commandMs` to answer QUIT. */
  pruneMs: 35_000,
  pruneDays: 36_500,
  pruneKept: 1_000_000,
  downloadMessagesDefault: 100,
  /** As much as Cloudflare takes; what is longer has a place in a body. */
  requestUrlBytes: 16 * KiB,
  /** All of them, with the ends of their lines. The longest are capsules and access tokens, of some KiB; Cloudflare adds a dozen of its own. */
  requestHeaderBytes: 32 * KiB,
  /** No route has more than twenty, once each. */
  queryParameters: 64,
  /** The deepest is a filter of `searchDepth`, each level an array in an object. */
  jsonDepth: 32,
  /** The longest is the state of a maildrop of 200,000 messages (docs/sync.md). */
  requestBodyBytes: 1 * MiB,
  /** A user, or a credential, in a body: about what a header holds. The longest are capsules and access tokens. */
  credentialCharacters: 16 * KiB,
  /** Maildrops that are gathered in one call, one after the other. */
  consolidatedMaildrops: 10,
  /** Messages that are handed over in one session: what a lost connection leaves behind is looked for again, message by message. */
  handOverMessages: 500,
  /** Octets of them, as LIST tells; one message always. */
  handOverBytes: 256 * MiB,
  /**
   * Up to this size a message is held in memory while its length and its digest are found out; a larger one is retrieved a second
   * time to be sent. Each account of which messages are handed over takes twice that and `messageExcessBytes` at most.
   */
  heldMessageBytes: 4 * MiB,
  /** How long a session waits, when all was read, for the word which messages are safe: what is still to be stored was read ahead. */
  handOverVerdictMs: 2 * 60_000,
  /** A message to add. It is streamed, so this is about time; Gmail takes 35 MB and Microsoft 365 150 MB. */
  appendBytes: 150 * MiB,
  /** Moves that a lost connection left half-way, which an object remembers so that a repeat can go on from there. */
  unfinishedMoves: 1_000,
  /** How long a request with an Idempotency-Key is remembered at least; twice as long at most. */
  keptAnswersMs: 24 * 60 * 60_000,
  /** How many of those that are older are erased with each new one: more than come. */
  keptAnswersErased: 20,
  idempotencyKeyCharacters: 255,
  /**
   * After this what a lost connection has not brought will not come any more: a server answers within `commandMs` or has given
   * up, and a kernel that has lost the process gives up within 100 s (Linux, `tcp_orphan_retries`).
   */
  doubtMs: 2 * 60_000,
  /** How much is read of messages to find out whether their copies are there: a minute or so. */
  doubtBytes: 64 * MiB,

  // Taking messages in from another account
  /** Messages that are held as a whole before they are sent on, one at a time: nine in ten are smaller. */
  takeInHeldBytes: 1 * MiB,
  /** What is read ahead of small messages, so that the mailbox can be asked for all of them at once. Their Message-IDs fit into a line. */
  takeInAheadBytes: 3 * MiB,
  takeInAheadMessages: 60,
  /** How long the next message may take to begin: a large one is read as a whole before, to know its digest. */
  nextParcelMs: 10 * 60_000,
  /** Messages of the same size and Message-ID that are read to find one among them. */
  takeInLooks: 200,
  /** Messages in a row for which there is no room: then there is none for the others either. */
  overQuotaInRow: 3,
  receiptSeconds: 24 * 60 * 60,

  // Finding the servers of an address
  /** All that may know them are asked at once; people wait for this, and programs give up on a host long after. */
  discoveryMs: 5_000,
  /** The largest document of settings in Thunderbird's database has 9 KB. */
  settingsBytes: 64 * KiB,
  settingsElements: 1_000,
  settingsDepth: 16,
  /** Of one source; the most that is known to be told are 6. */
  settingsServers: 20,
  settingsUserCharacters: 320,
  /** An answer of DNS in JSON: a name has a handful of mail exchangers. */
  dnsAnswerBytes: 64 * KiB,
  /** Mail exchangers that are looked at, those first that are preferred. */
  mailExchangers: 3,
  /** Connections that may be being opened at once in one invocation of a Worker. */
  probesAtOnce: 6,
  /** For each step of a connection that is only looked at; one that will do answers in tenths of it. */
  probeMs: 4_000,
  /** For all that are looked at in one go. With the sources, two rounds of common names and the logins it is less than `requestMs`. */
  probesMs: 8_000,
  /** Candidates of each protocol that are looked at, and with which a password is tried: servers lock accounts after 5 refusals. */
  verifiedCandidates: 2,
  verifyingLogins: 2,
  verifyingLoginMs: 10_000,

  // Advice
  /** How long a copy is left on the server unless something argues against it: a device that got lost is replaced by then. */
  copyLeftDays: 14,

  // Providers, and what they give out (OAuth 2.0)
  /** For one answer; a mail session that waits for it has most of `requestMs` left. */
  providerMs: 10_000,
  providerRetrySeconds: 30,
  /** A document of metadata is some 5 KB, an answer with tokens the same. */
  providerAnswerBytes: 256 * KiB,
  /** How long a provider's metadata are good; they change once in years. */
  providerMetadataMs: 60 * 60_000,
  /** So long before its end an access token is replaced: clocks differ, and a login takes a while. */
  accessTokenMarginMs: 60_000,
  /** Where the provider does not say how long one is good. */
  accessTokenMs: 5 * 60_000,
  /** Of one account: one for each sign-in that is in use. */
  accessTokens: 8,
  /** How long a grant that the provider has ended is not asked about again: it will not come back. */
  revokedGrantMs: 60_000,
  /** How long a refresh token that has replaced the one in a capsule is kept after its last use; providers forget an idle one sooner. */
  grantsRememberedMs: 90 * 24 * 60 * 60_000,
  /** From the start of a sign-in to the provider's answer: people look for their password, and for their telephone. */
  signInSeconds: 10 * 60,
  /** For an application to fetch what a sign-in has come to; a provider's own code is seldom good for longer. */
  signInCodeSeconds: 60,
  /** Of a `returnTo` or a `state`, and of the mailboxes together: all of it goes through a provider in a URL, which takes some 8 KB. */
  signInCharacters: 1_000,

  // Capsules
  /** Unless it is said how long: whoever uses a program each month does not have to log in again. */
  capsuleSeconds: 30 * 24 * 60 * 60,
  /** Nothing but a key that goes ends one sooner by itself, so a forgotten one is good for a year at most. */
  capsuleSecondsMost: 365 * 24 * 60 * 60,
  /** Of an access token alone, unless it is said: Google's and Microsoft's last about an hour. */
  accessTokenCapsuleSeconds: 60 * 60,
  /** Exchanges from the first capsule to the last: the ids of all of them are in it, and it is in a header of each request. */
  capsuleLineage: 8,
  /** Mailboxes that one is narrowed to. Who needs more of them has a mailbox above them, or wants all. */
  capsuleMailboxes: 20,
  /** Servers and proxies in front of them take 16 KiB of headers at least, all together. An access token is 4 KB at most. */
  capsuleCharacters: 12 * KiB,

  // Webhooks
  /** Of one account: one for each tool that its owner uses. */
  subscriptionsPerAccount: 20,
  pollSecondsDefault: 60,
  pollSecondsMost: 24 * 60 * 60,
  /** Mailboxes that one subscription names. */
  subscriptionMailboxes: 100,
  /** Addresses and domains that one subscription names. */
  subscriptionSenders: 100,
  /** How long a session stays open that waits for news: the platform counts an object with an open socket as busy for 15 minutes. */
  liveSessionMs: 14 * 60_000,
  /** How long after one that was lost before its time the next is opened: meanwhile it is polled. */
  liveLostMs: 60_000,
  /** Mailboxes that are waited on at the same time in one account, each in a session of its own. */
  liveMailboxes: 3,
  /** Mailboxes whose STATUS is asked for in one go: as many as a subscription names. A command of 100 octets each. */
  newsMailboxesAhead: 100,
  /** Mailboxes that are selected in one look; each takes some round trips. The others have their turn in the next. */
  newsMailboxes: 20,
  /** Messages of one mailbox that are read in one look for one subscription, whether or not they are what it wants. */
  newsMessages: 500,
  /** Mailboxes that are gone and not forgotten yet, of a subscription to all: people rename and delete a few. */
  newsGoneMailboxes: 100,
  /** Events of one look and one subscription: what is found then is stored at once. */
  newsEvents: 100,
  /** Events of one subscription that wait to be sent. When there are more, its mail stays where it is, to be found later. */
  pendingEvents: 1_000,
  /** For how long a message may have been on the server before the subscription began, and still count as new: clocks differ. */
  oldMailMarginMs: 24 * 60 * 60_000,
  /** Of a header, what an event is made of: a row of the object's storage is 2 MB at most, and JSON and sealing make it up to ten times as long. */
  eventHeaderBytes: 32 * KiB,
  /** Mail that is dated by so little before it was looked for last may still have come behind that: clocks differ, and a scanner takes its time. */
  lateMailMs: 15 * 60_000,
  /** For tools that poll: Zapier and Make take what they have not seen of one answer, and ask every few minutes. */
  triggerMessages: 100,
  triggerMessagesDefault: 25,
  /** For the whole of an attempt, from the call to the end of the answer. */
  deliveryMs: 10_000,
  /** Attempts of one account at a time: the platform lets 6 connections be opened at once, and one is for the mail server. */
  deliveriesAtOnce: 5,
  /** The same of one subscription, so that a receiver that answers late does not hold up the others. */
  deliveriesAtOnceOfOne: 4,
  /** What is kept of an answer, to look at. */
  deliveryAnswerBytes: 512,
  /** A body that is larger is sent without what is largest in it. Zapier takes 10 MB. */
  deliveryBytes: 5 * MiB,
  /** The longest wait that a receiver is granted by its `Retry-After`. */
  deliveryRetryAfterMs: 24 * 60 * 60_000,
  /** Failures in a row after which a receiver is left alone for a while. */
  receiverFailures: 3,
  /** For so long at most: new mail waits meanwhile. */
  receiverRestMostMs: 15 * 60_000,
  /** From the first to the longest wait for a mail server that is to be read for an event. No attempt is used up by it. */
  unreadableMs: 60_000,
  unreadableMostMs: 15 * 60_000,
  /** After so long an event is sent without its message where logins go well, and reading it does not. */
  unreadableMessageMs: 60 * 60_000,
  /** And after so long whatever the reason is. */
  unreadableGivenUpMs: 3 * 24 * 60 * 60_000,
  /** Attempts of one delivery that are remembered, the last ones: its schedule has ten, and somebody may have sent it again. */
  attemptsKept: 12,
  /** What is written down of an event, as JSON, so that it fits into a row of the platform (2 MB): a larger one loses its summary. */
  storedEventBytes: 1 * MiB,
  /** What is known of an account for one subscription is written in rows of so many octets. */
  knownPieceBytes: 1 * MiB,
  /** Of all subscriptions of an account, beyond the first row of each; the states of 1,000 mailboxes without CONDSTORE are ten. */
  knownPieces: 16,
  /** How long deliveries are kept that came to their end, and the events of which can be sent again. */
  deliveriesKeptMs: 7 * 24 * 60 * 60_000,
  /** Deliveries that are forgotten in one go: a few milliseconds. */
  deliveriesForgotten: 500,
  /** A receiver that has had an error for so long is not called any more until its owner says so. */
  receiverFailingMs: 5 * 24 * 60 * 60_000,
  /** How long an old signing secret is good beside a new one, unless it is said. */
  oldSecretSeconds: 24 * 60 * 60,
  signingSecrets: 4,
  rawIncludedBytes: 1 * MiB,
  bodyIncludedBytes: 256 * KiB,
  bodyIncludedBytesDefault: 32 * KiB,
  /** Of a capsule that an event brings along. */
  includedCapsuleSeconds: 60 * 60,
  /** Refusals in a row, and the time from the first to the last of them, before an account counts as failed. */
  accountRefusals: 3,
  /** The longest wait between two looks at an account that fails: its owner may have put it right. */
  accountRetryMostMs: 60 * 60_000,
  /** An account that cannot be reached for so long counts as failed. */
  accountUnreachableMs: 60 * 60_000,
  /** How long after a refusal it is asked again, one refusal after the other; then after `accountRetryMostMs`. */
  accountRetryMs: [60_000, 5 * 60_000, 15 * 60_000],
  /** The same where nothing was refused: at first after this or a poll, whichever is sooner, and then twice as long each time. */
  accountOutageMs: 60_000,
  accountOutageMostMs: 15 * 60_000,
  /** All of one look, from the connection on. It ends within `requestMs`, as a caller may wait for it. */
  watchLookMs: 40_000,
  /** How long one wake-up goes on as long as there is something to do. */
  watchRoundMs: 25_000,
  /** When a Watcher wakes up again whatever becomes of it: it may be lost while it works. */
  watchInsuranceMs: 2 * 60_000,
  /** How often what is to be forgotten is looked for. */
  watchForgetMs: 24 * 60 * 60_000,
  /** A session in which messages are read for events, after the last of them. */
  watchReaderIdleMs: 3_000,
  /** All of such a session with a maildrop: who looks at it waits `queueMs` for it. */
  watchReaderMaildropMs: 8_000,
  /** A proof by a login of the Watcher's own, after which the same credential need not log in again: as long as a session lives. */
  watchProofMs: 15 * 60_000,
  /** Looks at an account with `slowestPollSeconds` are this much further apart as nothing has happened there. */
  watchQuietShare: 10,
  /** From the end of one wake-up to the next, whatever is due. */
  watchPauseMs: 500,
  /** What one range that is sent again may be made of. */
  replayedEvents: 1_000,
  /** How long their messages are read anew before the rest is sent as it was kept: a caller waits. */
  replayReadMs: 20_000,
} as const;

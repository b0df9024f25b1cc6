// The grammars of all values that may stand in a configuration file. Asterisk's files have no quoting that can be relied on
// (a semicolon begins a comment, a bracket a section, a line break a new setting), so nothing is escaped here: a value that
// does not match its grammar is refused.
const PATH = /^\/[A-Za-z0-9._/-]{1,200}$/;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/;
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/;
const NETWORK = /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/;
const PORT = /^\d{2,5}$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const SECRET = /^[A-Za-z0-9._~+/=!@#$%^&*?:-]{1,200}$/;

/** A grammar has the name of the placeholder that it is for. */
export const GRAMMAR = {
  ari_password: SECRET,
  codecs: /^(alaw|ulaw|g722)(,(alaw|ulaw|g722)){0,2}$/,
  context: /^from-(trunk|gateway)$/,
  country: /^([1-9]\d{0,2})?$/,
  customer: WORD,
  customer_password: SECRET,
  directory: PATH,
  domain: HOST,
  from_domain: HOST,
  from_user: /^\+?[A-Za-z0-9._-]{1,64}$/,
  gateway: WORD,
  gateway_address: ADDRESS,
  gateway_id: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  gateway_port: PORT,
  gateway_token: SECRET,
  heard_directory: PATH,
  host: HOST,
  local_net: NETWORK,
  matches: /^[A-Za-z0-9.-]+(\/\d{1,2})?(,[A-Za-z0-9.-]+(\/\d{1,2})?)*$/,
  media_encryption: /^(no|sdes)$/,
  module_directory: PATH,
  name: WORD,
  national_prefix: /^\d{0,3}$/,
  password: SECRET,
  port: PORT,
  public_address: ADDRESS,
  rtp_end: PORT,
  rtp_start: PORT,
  sip_address: ADDRESS,
  sip_port: PORT,
  tls_ca_file: PATH,
  tls_cert_file: PATH,
  tls_enabled: /^(yes|no)$/,
  tls_key_file: PATH,
  tls_port: PORT,
  transport: /^(udp|tcp|tls)$/,
  trunk: WORD,
  uri_port: /^(:\d{2,5})?$/,
  uri_transport: /^(\\;transport=(tcp|tls))?$/,
  username: /^\+?[A-Za-z0-9._-]{1,64}$/,
  worker_ca_file: PATH,
  worker_url: /^wss?:\/\/[A-Za-z0-9.-]{1,250}(:\d{2,5})?(\/[A-Za-z0-9._/-]{0,200})?$/,
} satisfies Record<string, RegExp>;

export type Placeholder = keyof typeof GRAMMAR;
export type TemplateValues = Partial<Record<Placeholder, string | number>>;

/** Whole lines that were made by `fillTemplate`, or of constants and checked values; each replaces the line of its placeholder. */
export type TemplateBlocks = Record<string, string>;

/** A value was refused. The message is a whole sentence for the operator, and never repeats a secret. */
export class TemplateError extends Error {
  override name = 'TemplateError' as const;
}

/** Fills every `{{placeholder}}` of a template. Throws for one that is unknown, and for a value that is missing or malformed. */
export function fillTemplate(template: string, values: TemplateValues, blocks: TemplateBlocks = {}): string {
  return template
    .replace(/^\{\{([a-z_]+)\}\}\n/gm, (whole, name: string) => {
      const block = blocks[name];
      if (block === undefined) return whole;
      return block === '' ? '' : `${block.trimEnd()}\n`;
    })
    .replace(/\{\{([a-z_]+)\}\}/g, (_whole, name: string) => checkedValue(name, values));
}

function checkedValue(name: string, values: TemplateValues): string {
  if (!isPlaceholder(name)) throw new TemplateError(`A template names the placeholder ${name}, which has no grammar.`);
  const value = values[name];
  if (value === undefined) throw new TemplateError(`A value for ${name} is missing.`);
  const text = String(value);
  if (!GRAMMAR[name].test(text)) throw new TemplateError(refusal(name));
  return text;
}

function refusal(name: Placeholder): string {
  return `The value for ${name} is not of the form ${GRAMMAR[name].source}, so it was not written to a configuration file.`;
}

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(GRAMMAR, name);
}

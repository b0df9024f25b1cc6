/**
 * The primary languages that can be spoken, each with the sentence a caller hears when a call's flow cannot go on.
 * The 24 official languages of the EU, Norwegian and Luxembourgish.
 */
const NOTICES: Record<string, string> = {
  bg: 'Възникна техническа грешка. Дочуване.',
  cs: 'Došlo k technické chybě. Na shledanou.',
  da: 'Der er opstået en teknisk fejl. Farvel.',
  de: 'Es ist ein technischer Fehler aufgetreten. Auf Wiederhören.',
  el: 'Παρουσιάστηκε τεχνικό σφάλμα. Αντίο σας.',
  en: 'A technical error has occurred. Goodbye.',
  es: 'Se ha producido un error técnico. Adiós.',
  et: 'Tekkis tehniline viga. Head aega.',
  fi: 'On tapahtunut tekninen virhe. Näkemiin.',
  fr: 'Une erreur technique est survenue. Au revoir.',
  ga: 'Tharla earráid theicniúil. Slán.',
  hr: 'Došlo je do tehničke pogreške. Doviđenja.',
  hu: 'Technikai hiba történt. Viszonthallásra.',
  it: 'Si è verificato un errore tecnico. Arrivederci.',
  lb: 'Et ass en technesche Feeler geschitt. Äddi.',
  lt: 'Įvyko techninė klaida. Viso gero.',
  lv: 'Radās tehniska kļūda. Uz redzēšanos.',
  mt: 'Inqala’ żball tekniku. Saħħa.',
  nb: 'Det har oppstått en teknisk feil. Ha det bra.',
  nl: 'Er is een technische fout opgetreden. Tot ziens.',
  pl: 'Wystąpił błąd techniczny. Do widzenia.',
  pt: 'Ocorreu um erro técnico. Adeus.',
  ro: 'A apărut o eroare tehnică. La revedere.',
  sk: 'Vyskytla sa technická chyba. Dovidenia.',
  sl: 'Prišlo je do tehnične napake. Nasvidenje.',
  sv: 'Ett tekniskt fel har uppstått. Adjö.',
};

export const DEFAULT_LANGUAGE = 'en-GB';

export const SPOKEN_LANGUAGES = Object.keys(NOTICES);

/** Other names of languages that can be spoken: both written forms of Norwegian are read in one voice. */
const ALIASES: Record<string, string> = { no: 'nb', nn: 'nb' };

/** The primary language of a BCP 47 tag: `nl` of `nl-BE`, and of an alias such as `no-NO` what it stands for, `nb`. */
export function primaryLanguage(tag: string): string {
  const own = tag.toLowerCase().split('-', 1)[0] ?? '';
  return ALIASES[own] ?? own;
}

/** The tag with its alias resolved: `nb-NO` for `no-NO` and `nn-NO`. */
export function canonicalLanguage(tag: string): string {
  const [own = '', ...rest] = tag.split('-');
  return [ALIASES[own.toLowerCase()] ?? own, ...rest].join('-');
}

/** Whether a BCP 47 tag such as nl-BE names a language that can be spoken. */
export const isSpoken = (tag: string): boolean =>
  /^[A-Za-z]{2}(-[A-Za-z0-9]{2,8})*$/.test(tag) && primaryLanguage(tag) in NOTICES;

/** The tag by which the embedded voice speaks a language; undefined when it does not. */
export const spokenLanguage = (tag: string): string | undefined => (isSpoken(tag) ? canonicalLanguage(tag) : undefined);

export const failureNotice = (tag: string): string => NOTICES[primaryLanguage(tag)] ?? (NOTICES.en as string);

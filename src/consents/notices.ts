import { sha256Hex } from '../lib/hex.ts';
import { DEFAULT_LANGUAGE, primaryLanguage } from '../speech/languages.ts';

interface Notices {
  /** The question, in which `@` is the key that agrees. The key is named last, so that nobody presses it before they know what for. */
  ask: string;
  announce: string;
}

/** The notices by primary language, for the languages that can be spoken. A digit stands only at `@`: a language may inflect a number. */
const NOTICES: Record<string, Notices> = {
  bg: {
    ask: 'Този разговор ще бъде записан само с ваше съгласие. Ако сте съгласни, натиснете @.',
    announce: 'Този разговор се записва.',
  },
  cs: {
    ask: 'Tento hovor bude nahráván pouze s vaším souhlasem. Pokud souhlasíte, stiskněte @.',
    announce: 'Tento hovor je nahráván.',
  },
  da: {
    ask: 'Denne samtale bliver kun optaget, hvis du giver samtykke. Hvis du giver samtykke, tryk @.',
    announce: 'Denne samtale bliver optaget.',
  },
  de: {
    ask: 'Dieses Gespräch wird nur aufgezeichnet, wenn Sie damit einverstanden sind. Wenn ja, drücken Sie bitte die @.',
    announce: 'Dieses Gespräch wird aufgezeichnet.',
  },
  el: {
    ask: 'Αυτή η κλήση θα ηχογραφηθεί μόνο με τη συγκατάθεσή σας. Αν συμφωνείτε, πατήστε το @.',
    announce: 'Αυτή η κλήση ηχογραφείται.',
  },
  en: {
    ask: 'This call will only be recorded if you agree. If you agree, please press @.',
    announce: 'This call is being recorded.',
  },
  es: {
    ask: 'Esta llamada solo se grabará si usted da su consentimiento. Si está de acuerdo, pulse @.',
    announce: 'Esta llamada se está grabando.',
  },
  et: {
    ask: 'See kõne salvestatakse ainult teie nõusolekul. Kui olete nõus, vajutage @.',
    announce: 'See kõne salvestatakse.',
  },
  fi: {
    ask: 'Tämä puhelu nauhoitetaan vain suostumuksellasi. Jos suostut, paina @.',
    announce: 'Tämä puhelu nauhoitetaan.',
  },
  fr: {
    ask: 'Cet appel ne sera enregistré qu’avec votre accord. Si vous êtes d’accord, appuyez sur la touche @.',
    announce: 'Cet appel est enregistré.',
  },
  ga: {
    ask: 'Ní thaifeadfar an glao seo ach le do thoiliú. Má thoilíonn tú, brúigh @.',
    announce: 'Tá an glao seo á thaifeadadh.',
  },
  hr: {
    ask: 'Ovaj će se poziv snimati samo uz vaš pristanak. Ako pristajete, pritisnite @.',
    announce: 'Ovaj se poziv snima.',
  },
  hu: {
    ask: 'Ezt a hívást csak az Ön hozzájárulásával rögzítjük. Ha hozzájárul, nyomja meg a következő gombot: @.',
    announce: 'Ezt a hívást rögzítjük.',
  },
  it: {
    ask: 'Questa chiamata sarà registrata solo con il Suo consenso. Se è d’accordo, prema @.',
    announce: 'Questa chiamata viene registrata.',
  },
  lb: {
    ask: 'Dëst Gespréich gëtt nëmmen opgeholl, wann Dir domat averstane sidd. Wann jo, dréckt op @.',
    announce: 'Dëst Gespréich gëtt opgeholl.',
  },
  lt: {
    ask: 'Šis pokalbis bus įrašomas tik jums sutikus. Jei sutinkate, paspauskite @.',
    announce: 'Šis pokalbis yra įrašomas.',
  },
  lv: {
    ask: 'Šī saruna tiks ierakstīta tikai ar jūsu piekrišanu. Ja piekrītat, nospiediet @.',
    announce: 'Šī saruna tiek ierakstīta.',
  },
  mt: {
    ask: 'Din it-telefonata tiġi rrekordjata biss bil-kunsens tiegħek. Jekk taqbel, agħfas @.',
    announce: 'Din it-telefonata qed tiġi rrekordjata.',
  },
  nb: {
    ask: 'Denne samtalen blir bare tatt opp hvis du samtykker. Hvis du samtykker, trykk @.',
    announce: 'Denne samtalen blir tatt opp.',
  },
  nl: {
    ask: 'Dit gesprek wordt alleen opgenomen als u daarmee akkoord gaat. Gaat u akkoord, toets dan een @.',
    announce: 'Dit gesprek wordt opgenomen.',
  },
  pl: {
    ask: 'Ta rozmowa będzie nagrywana tylko za Państwa zgodą. Jeśli wyrażają Państwo zgodę, prosimy nacisnąć @.',
    announce: 'Ta rozmowa jest nagrywana.',
  },
  pt: {
    ask: 'Esta chamada só será gravada com o seu consentimento. Se concorda, prima @.',
    announce: 'Esta chamada está a ser gravada.',
  },
  ro: {
    ask: 'Acest apel va fi înregistrat numai cu acordul dumneavoastră. Dacă sunteți de acord, apăsați tasta @.',
    announce: 'Acest apel este înregistrat.',
  },
  sk: {
    ask: 'Tento hovor bude nahrávaný iba s vaším súhlasom. Ak súhlasíte, stlačte @.',
    announce: 'Tento hovor je nahrávaný.',
  },
  sl: {
    ask: 'Ta klic bo posnet samo z vašim soglasjem. Če soglašate, pritisnite @.',
    announce: 'Ta klic se snema.',
  },
  sv: {
    ask: 'Det här samtalet spelas bara in om du samtycker. Om du samtycker, tryck @.',
    announce: 'Det här samtalet spelas in.',
  },
};

/** A notice and its language, which need not be the one that was wished for. */
export interface Notice {
  text: string;
  /** The text is SSML. */
  ssml?: true;
  language: string;
}

/** The notice that asks for consent by a key. A text of the customer's own is taken as it is, and must itself name the key. */
export const consentNotice = (language: string, key: string, text = ''): Notice =>
  text === '' ? notice(language, ({ ask }) => ask.replace('@', key)) : { text, language };

/** The notice that only tells that the call is recorded. */
export const recordingNotice = (language: string, text = ''): Notice =>
  text === '' ? notice(language, ({ announce }) => announce) : { text, language };

/** A notice for nl-BE is in Dutch. A language without a notice gets the English one, in an English voice. */
function notice(language: string, choose: (notices: Notices) => string): Notice {
  const own = NOTICES[primaryLanguage(language)];
  return own ? { text: choose(own), language } : { text: choose(NOTICES.en as Notices), language: DEFAULT_LANGUAGE };
}

/** The hash by which the evidence names a notice: SHA-256 of its text in UTF-8, in hex. */
export const hashNotice = (text: string): Promise<string> => sha256Hex(text);

/** What the parsers say: only which token was expected. Whoever reports it finds the words. */
import { defaultParserErrorProvider, type IParserErrorMessageProvider, tokenLabel } from "chevrotain";

export const expectedToken: IParserErrorMessageProvider = {
  ...defaultParserErrorProvider,
  buildMismatchTokenMessage: ({ expected }) => tokenLabel(expected),
  buildNoViableAltMessage: () => "",
  buildEarlyExitMessage: () => "",
  buildNotAllInputParsedMessage: () => "",
};

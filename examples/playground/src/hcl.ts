// Highlighting of HCL and Bicep, as far as colours need it: comments, strings with their holes, numbers, keys and words.
import type { StreamParser } from "@codemirror/language";

interface State {
  /** Inside `/* … *\/`. */
  comment: boolean;
  /** The mark that ends a heredoc. */
  heredoc: string;
}

const WORDS = /^(resource|data|variable|module|output|provider|terraform|locals|moved|import|param|var|for|in|if|true|false|null|existing|targetScope)$/;

export const hcl: StreamParser<State> = {
  name: "hcl",
  languageData: { commentTokens: { line: "#", block: { open: "/*", close: "*/" } } },
  startState: () => ({ comment: false, heredoc: "" }),
  token(stream, state) {
    if (state.heredoc) {
      if (stream.string.trim() === state.heredoc) state.heredoc = "";
      stream.skipToEnd();
      return "string";
    }
    if (state.comment || stream.match("/*")) {
      state.comment = !stream.match(/^.*?\*\//);
      if (state.comment) stream.skipToEnd();
      return "comment";
    }
    if (stream.eatSpace()) return null;
    if (stream.match("#") || stream.match("//")) {
      stream.skipToEnd();
      return "comment";
    }
    const heredoc = stream.match(/^<<[-~]?(\w+)/) as RegExpMatchArray | null;
    if (heredoc) {
      state.heredoc = heredoc[1] ?? "";
      return "string";
    }
    if (stream.match(/^"(\\.|[^"\\])*"?/) || stream.match(/^'(\\.|[^'\\])*'?/)) return "string";
    if (stream.match(/^\d[\d.]*/)) return "number";
    if (stream.match(/^[A-Za-z_][\w-]*/)) {
      if (WORDS.test(stream.current())) return "keyword";
      return stream.match(/^\s*[=:](?!=)/, false) ? "propertyName" : "variableName";
    }
    stream.next();
    return null;
  },
};

/**
 * `tsbt completion bash|zsh|fish`: a completion script for the shell. Options come from commander's own declarations,
 * so they cannot go stale; tools and probes are asked of tsbt when Tab is pressed.
 */
import type { Command, Option } from "commander";
import type { Finish } from "./command-line.js";
import type { Io } from "./io.js";
import { UserError } from "./load-source.js";

export interface CompletionWords {
  /** `check`, `build`, … */
  readonly commands: readonly string[];
  readonly options: readonly Option[];
}

type Shell = (words: CompletionWords) => string;

const shells: Readonly<Record<string, Shell>> = { bash, zsh, fish };

/** `words`: what the whole command line knows; asked only when the command runs. */
export function declareCompletion(
  program: Command,
  io: Io,
  finish: Finish,
  words: () => CompletionWords,
): void {
  program
    .command("completion")
    .description("print a completion script: source <(tsbt completion bash)")
    .argument("<shell>", Object.keys(shells).join(", "))
    .action((name: string) => {
      const shell = shells[name];
      if (shell === undefined) {
        throw new UserError(
          `no completion for the shell '${name}'`,
          "TB6005",
          `there is one for ${Object.keys(shells).join(", ")}`,
        );
      }
      io.stdout(shell(words()));
      finish(0);
    });
}

function flagsOf(options: readonly Option[]): string[] {
  return options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);
}

/** Options whose value is a file. */
function takesFile({ flags }: Option): boolean {
  return /<(file|profile|directory|directories)>/.test(flags);
}

function bash({ commands, options }: CompletionWords): string {
  const files = flagsOf(options.filter(takesFile)).join("|");
  return `# Completion of tsbt for bash: source <(tsbt completion bash)
_tsbt() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # Behind \`--\` stand the options of a tool.
  local at
  for ((at = 1; at < COMP_CWORD; at++)); do
    [[ \${COMP_WORDS[at]} == -- ]] || continue
    local settings=$(tsbt tools --options -- "\${COMP_WORDS[@]:1:at-1}" 2>/dev/null)
    COMPREPLY=($(compgen -W "$settings" -- "$word"))
    [[ \${COMPREPLY-} == *= ]] && compopt -o nospace 2>/dev/null
    return
  done
  case $previous in
    ${files}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    -l|-lv|--list)
      # Colons separate words for readline: complete what follows the last one.
      local found=$(tsbt -l "\${word:-*}*" 2>/dev/null | head -n 500)
      COMPREPLY=($(compgen -W "$found" -- "$word"))
      declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$word"
      return ;;
    -f) COMPREPLY=($(compgen -W "text json folded" -- "$word")); return ;;
    -B) COMPREPLY=($(compgen -W "line full none" -- "$word")); return ;;
    completion) COMPREPLY=($(compgen -W "${Object.keys(shells).join(" ")}" -- "$word")); return ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "${flagsOf(options).join(" ")}" -- "$word"))
  else
    local names=""
    ((COMP_CWORD == 1)) && names="${commands.join(" ")} $(tsbt tools --names 2>/dev/null)"
    COMPREPLY=($(compgen -W "$names" -- "$word") $(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _tsbt tsbt
`;
}

/** Text inside single quotes and square brackets of zsh's _arguments. */
function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replace(/[[\]:]/g, "\\$&");
}

function zsh({ commands, options }: CompletionWords): string {
  const specs = options.flatMap((option) => {
    const value = option.required ? (takesFile(option) ? ":file:_files" : ": :") : "";
    return flagsOf([option]).map((flag) => `    '${flag}[${zshText(option.description)}]${value}' \\\n`);
  });
  return `#compdef tsbt
# Completion of tsbt for zsh: source <(tsbt completion zsh)
_tsbt_first() {
  local -a names
  names=(${commands.join(" ")} \${(f)"$(tsbt tools --names 2>/dev/null)"})
  compadd -a names
  _files
}
_tsbt() {
  if [[ \${words[CURRENT-1]} == (-l|-lv|--list) ]]; then
    local -a probes
    probes=(\${(f)"$(tsbt -l "\${words[CURRENT]}*" 2>/dev/null | head -n 500)"})
    compadd -a probes
    return
  fi
  # Behind \`--\` stand the options of a tool.
  local -i dashes=\${words[(i)--]}
  if (( dashes < CURRENT )); then
    local -a settings
    settings=(\${(f)"$(tsbt tools --options -- "\${(@)words[2,dashes-1]}" 2>/dev/null)"})
    compadd -S '' -a settings
    return
  fi
  _arguments \\
${specs.join("")}    '1: :_tsbt_first' \\
    '*: :_files'
}
compdef _tsbt tsbt
`;
}

function fish({ commands, options }: CompletionWords): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = options.map((option) => {
    const short = option.short === undefined ? "" : ` -s ${option.short.slice(1)}`;
    const long = option.long === undefined ? "" : ` -l ${option.long.slice(2)}`;
    const value = option.required ? (takesFile(option) ? " -r -F" : " -x") : "";
    return `complete -c tsbt${short}${long}${value} -d ${quoted(option.description)}\n`;
  });
  return `# Completion of tsbt for fish: tsbt completion fish | source
complete -c tsbt -n __fish_use_subcommand -a '${commands.join(" ")}'
complete -c tsbt -n __fish_use_subcommand -a '(tsbt tools --names 2>/dev/null)'
# Behind \`--\` stand the options of a tool.
function __tsbt_tool_options
  set -l words (commandline -opc)
  set -l at (contains -i -- -- $words); or return
  tsbt tools --options -- $words[2..(math $at - 1)] 2>/dev/null
end
complete -c tsbt -n 'contains -- -- (commandline -opc)' -f -a '(__tsbt_tool_options)'
complete -c tsbt -s l -x -a '(tsbt -l (commandline -ct)"*" 2>/dev/null | head -n 500)'
${lines.join("")}`;
}

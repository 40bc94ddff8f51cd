/** The page: one file with its data, styles and program inside, that needs nothing else to be looked at. */
import type { FlameNode } from "./tree.js";

export interface PageParts {
  readonly title: string;
  readonly tree: FlameNode;
  readonly differential: boolean;
  /** The bundled program of src/flamegraph/browser/, and its styles. */
  readonly program: string;
  readonly styles: string;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** JSON that cannot end the script element it stands in. */
function embed(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

export function flamegraphPage({ title, tree, differential, program, styles }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${styles}
</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<form id="search"><input id="term" type="search" placeholder="search functions" aria-label="search functions">
<button id="reset" type="button">reset zoom</button></form>
</header>
<p id="legend"></p>
<div id="chart"></div>
<p id="details" aria-live="polite"></p>
<script id="data" type="application/json">${embed({ tree, differential })}</script>
<script>
${program.replaceAll("</script", "<\\/script")}
</script>
</body>
</html>
`;
}

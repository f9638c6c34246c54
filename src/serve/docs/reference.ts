/** The parts of an OpenAPI document that the reference page shows. */
interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: unknown }[];
  requestBody?: { content?: Record<string, { schema?: unknown }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>;
}
interface OpenApiDocument {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths?: Record<string, Record<string, Operation>>;
}

/** The document that the plug-in made, which is of version 3 as we asked for. */
export function openApi3(document: object): OpenApiDocument {
  if (!isOpenApi3(document)) throw new Error('the API is not described as OpenAPI 3');
  return document;
}

const isOpenApi3 = (document: object): document is OpenApiDocument =>
  'openapi' in document && String(document.openapi).startsWith('3.') && 'info' in document;

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);
const paragraphs = (text: string | undefined) =>
  (text ?? '')
    .split(/\n\s*\n/)
    .filter(Boolean)
    .map((part) => `<p>${escapeHtml(part)}</p>`)
    .join('');

/** The API reference as one page of plain HTML: no script, nothing from elsewhere. */
export function referencePage(document: OpenApiDocument): string {
  const byTag = new Map<string, string[]>((document.tags ?? []).map(({ name }) => [name, []]));
  const links = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? 'other';
      const id = `${method}-${path.replace(/[^A-Za-z0-9]+/g, '-')}`;
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag)?.push(operationHtml(id, method, path, operation));
      links.set(tag, [
        ...(links.get(tag) ?? []),
        `<li><a href="#${id}"><b class="${method}">${method.toUpperCase()}</b> ${escapeHtml(path)}</a></li>`,
      ]);
    }
  }
  const described = new Map((document.tags ?? []).map(({ name, description }) => [name, description]));
  const sections = [...byTag]
    .filter(([, operations]) => operations.length > 0)
    .map(
      ([tag, operations]) =>
        `<section><h2 id="tag-${escapeHtml(tag)}">${escapeHtml(tag)}</h2>${paragraphs(described.get(tag))}${operations.join('')}</section>`,
    );
  const menu = [...links].map(([tag, items]) => `<h3>${escapeHtml(tag)}</h3><ul>${items.join('')}</ul>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(document.info.title)} API reference</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Operations">${menu}</nav>
<main>
<h1>${escapeHtml(document.info.title)} API ${escapeHtml(document.info.version)}</h1>
${paragraphs(document.info.description)}
<p>As a document for tools: <a href="/openapi.json">/openapi.json</a>. To try it: <a href="/docs">/docs</a>.</p>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function operationHtml(id: string, method: string, path: string, operation: Operation): string {
  const rows = (operation.parameters ?? []).map(
    ({ name, in: place, required, description, schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required ? ' <em>required</em>' : ''}</td><td>${escapeHtml(place)}</td><td>${escapeHtml(description ?? '')} ${schemaHtml(schema)}</td></tr>`,
  );
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
    ([type, { schema }]) => `<h4>Body <small>${escapeHtml(type)}</small></h4>${schemaHtml(schema)}`,
  );
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => {
    const schema = Object.values(answer.content ?? {})[0]?.schema;
    return `<details><summary>${escapeHtml(status)} ${escapeHtml(answer.description ?? '')}</summary>${schemaHtml(schema)}</details>`;
  });
  return `<article id="${id}"><h3><b class="${method}">${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code></h3>
<p><strong>${escapeHtml(operation.summary ?? '')}</strong></p>${paragraphs(operation.description)}
${rows.length > 0 ? `<table><thead><tr><th>Parameter</th><th>In</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table>` : ''}
${bodies.join('')}${answers.length > 0 ? `<h4>Answers</h4>${answers.join('')}` : ''}</article>`;
}

const schemaHtml = (schema: unknown) =>
  schema === undefined ? '' : `<pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`;

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 20rem 1fr; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; border-right: 1px solid var(--line); padding: 1rem; box-sizing: border-box; font-size: 13px; }
nav ul { list-style: none; padding: 0; margin: 0; } nav a { color: inherit; text-decoration: none; overflow-wrap: anywhere; }
main { padding: 1rem 2rem 4rem; max-width: 60rem; min-width: 0; }
article { border-top: 1px solid var(--line); padding: 0.5rem 0 1rem; }
pre { background: var(--soft); padding: 0.5rem; overflow: auto; max-height: 24rem; font-size: 12px; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: 0.25rem 0.5rem 0.25rem 0; border-bottom: 1px solid var(--line); }
b.get { color: #2a8; } b.post { color: #38d; } b.put, b.patch { color: #b80; } b.delete { color: #d44; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; max-height: 14rem; } }
`;

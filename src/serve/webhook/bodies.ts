/** What one webhook request carries: the JSON text of each event, verbatim where the body was a single value. */
export type Bodies = { bodies: string[] } | { problem: string };

/** Most events that one request may carry. */
const maxEvents = 5000;

/**
 * Takes a body apart: one JSON value of any kind, a JSON array (one event per element), or newline-delimited JSON. Text that was
 * declared as `text/plain` is log lines.
 */
export function splitBody(body: string, contentType: string): Bodies {
  const text = body.trim();
  if (text === '') return { problem: 'The body is empty. Send JSON, one value or one per line.' };
  if (/^text\/plain\b/i.test(contentType) && !/^[[{"]/.test(text)) return counted(text.split(/\r?\n/).filter(Boolean));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return newlineDelimited(text);
  }
  if (!Array.isArray(value)) return { bodies: [text] };
  if (value.length === 0) return { problem: 'The array is empty. Send at least one event.' };
  return counted(value.map((each) => JSON.stringify(each)));
}

function newlineDelimited(text: string): Bodies {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  for (const [i, line] of lines.entries()) {
    try {
      JSON.parse(line);
    } catch {
      const where = lines.length > 1 && i > 0 ? `Line ${i + 1} of the body` : 'The body';
      return { problem: `${where} is not valid JSON. Check quotes, commas and brackets; or send text as text/plain.` };
    }
  }
  return counted(lines);
}

function counted(bodies: string[]): Bodies {
  if (bodies.length <= maxEvents) return { bodies };
  return {
    problem: `The body holds ${bodies.length} events, but at most ${maxEvents} are taken at once. Send it in parts.`,
  };
}

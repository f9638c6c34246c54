import type { MessageKind, NotificationMessage } from '../contract.ts';
import { cut, escapeHtml, oneLine, plain, timeText } from '../text/text.ts';

/* One mail for all ways to send one. Inline styles only, no images, nothing that is fetched. */

const beginnings: Readonly<Record<MessageKind, string>> = {
  opened: '',
  update: 'Update: ',
  closed: 'Closed: ',
  digest: '',
  test: 'Test: ',
};

const colours: Readonly<Record<string, string>> = {
  info: '#5b6b7c',
  low: '#2f6fb0',
  medium: '#a06a00',
  high: '#c2410c',
  critical: '#b3123a',
};

/** At most 200 characters, one line: RFC 5322 allows 998 in a line, people read the first 70. */
export const subjectOf = (message: NotificationMessage, prefix: string): string =>
  cut(
    oneLine(
      `${prefix} ${beginnings[message.kind]}${message.kind === 'digest' ? '' : `${message.severity.toUpperCase()}: `}${message.title}`,
    ),
    200,
  );

export function textOf(message: NotificationMessage): string {
  const facts = message.facts.map(({ name, value }) => `${oneLine(name)}: ${cut(oneLine(value), 500)}`);
  const lines = message.lines.map((line) => `- ${cut(oneLine(line), 500)}`);
  if (message.moreLines > 0) lines.push(`- and ${message.moreLines} more`);
  return [
    cut(oneLine(message.title), 300),
    '',
    cut(plain(message.summary), 4000),
    '',
    ...facts,
    ...(lines.length > 0 ? ['', ...lines] : []),
    ...(message.url === null ? [] : ['', `Open: ${message.url}`]),
    '',
    `Sent by Phosor, ${timeText(message.time)}. Links that stood in log lines were made unclickable.`,
  ].join('\n');
}

export function htmlOf(message: NotificationMessage): string {
  const text = (value: string, most: number): string => escapeHtml(cut(oneLine(value), most));
  const colour = colours[message.severity] ?? colours.info;
  const facts = message.facts
    .map(
      ({ name, value }) =>
        `<tr><td class="quiet" style="padding:3px 16px 3px 0;color:#55606e;vertical-align:top">${text(name, 100)}</td><td style="padding:3px 0;word-break:break-word">${text(value, 500)}</td></tr>`,
    )
    .join('');
  const lines = [
    ...message.lines.map((line) => text(line, 500)),
    ...(message.moreLines > 0 ? [`and ${message.moreLines} more`] : []),
  ]
    .map((line) => `<li style="padding:2px 0;word-break:break-word">${line}</li>`)
    .join('');
  const link =
    message.url === null
      ? ''
      : `<p style="margin:20px 0 0"><a class="link" href="${escapeHtml(message.url)}" style="color:#0b5cad;font-weight:600">Open in Phosor</a></p>`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${text(message.title, 200)}</title>
<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){.page{background:#11161c!important}.card{background:#1a2129!important;border-color:#313c48!important;color:#e6ebf0!important}.quiet{color:#9aa7b4!important}.link{color:#6cb6ff!important}}</style></head>
<body class="page" style="margin:0;padding:16px;background:#f3f5f7">
<div class="card" style="max-width:640px;margin:0 auto;padding:20px;background:#ffffff;border:1px solid #d5dbe1;border-radius:8px;color:#17202a;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
<p style="margin:0 0 8px"><span style="display:inline-block;padding:1px 10px;border-radius:10px;background:${colour};color:#ffffff;font-size:12px;font-weight:600">${escapeHtml(message.severity.toUpperCase())}</span>${beginnings[message.kind] === '' ? '' : ` <span class="quiet" style="color:#55606e">${escapeHtml(beginnings[message.kind].replace(': ', ''))}</span>`}</p>
<h1 style="margin:0 0 12px;font-size:18px;line-height:1.35">${text(message.title, 300)}</h1>
<p style="margin:0 0 16px;white-space:pre-line">${escapeHtml(cut(plain(message.summary), 4000))}</p>
<table role="presentation" style="border-collapse:collapse;font-size:14px">${facts}</table>
${lines === '' ? '' : `<ul style="margin:16px 0 0;padding-left:20px;font-size:14px">${lines}</ul>`}${link}
<p class="quiet" style="margin:20px 0 0;font-size:12px;color:#55606e">Sent by Phosor, ${timeText(message.time)}. Links that stood in log lines were made unclickable.</p>
</div></body></html>
`;
}

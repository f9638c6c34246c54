import type { Mail } from '../../respond/contract.ts';
import { visibleText } from '../pdf/text.ts';
import type { ReportSchedule } from './schedule.ts';
import { noEventsAdvice } from './sentences.ts';
import type { Report } from './types.ts';

/** Mails have room for every character that can be seen. */
const visible = (text: string): string => visibleText(text, () => true);
const html = (text: string): string =>
  visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** What matters of a report in the mail itself, the whole of it enclosed. Names and texts from logs are made harmless. */
export function reportMail(
  schedule: Pick<ReportSchedule, 'recipients' | 'name'>,
  report: Report,
  file: { filename: string; contentType: string; content: Uint8Array | string },
): Mail {
  const { summary, recommendation_details: advice } = report;
  const isEmpty = report.log_statistics.total_logs === 0;
  const status = isEmpty
    ? ' (no events)'
    : summary?.security_status
      ? ` (${summary.security_score} of 100, ${summary.security_status})`
      : '';
  const noAdvice = isEmpty ? noEventsAdvice : 'Nothing was found that asks for action.';
  const sentences = summary?.sentences ?? [];
  const text = [
    report.title,
    '',
    ...sentences.map((sentence) => `- ${visible(sentence)}`),
    '',
    advice.length === 0 ? noAdvice : 'What to do:',
    ...advice.map(({ priority, text: words }) => `- ${priority.toUpperCase()}: ${visible(words)}`),
    '',
    ...report.notes.map(visible),
    '',
    `The whole report is enclosed. Times are told in ${report.timezone}.`,
    `Sent by Phosor's schedule "${visible(schedule.name)}".`,
  ];
  const items = (values: readonly string[]): string =>
    `<ul>${values.map((value) => `<li>${value}</li>`).join('')}</ul>`;
  return {
    to: schedule.recipients,
    subject: `${report.title}${status}`,
    text: text.join('\n'),
    html: [
      '<!doctype html><html lang="en"><body style="font-family:sans-serif;color:#0f172a;max-width:42em">',
      `<h1 style="font-size:1.3em">${html(report.title)}${html(status)}</h1>`,
      items(sentences.map(html)),
      advice.length === 0
        ? `<p>${html(noAdvice)}</p>`
        : `<h2 style="font-size:1.1em">What to do</h2>${items(
            advice.map(({ priority, text: words }) => `<b>${priority.toUpperCase()}</b> ${html(words)}`),
          )}`,
      ...report.notes.map((note) => `<p style="color:#475569;font-size:.9em">${html(note)}</p>`),
      `<p>The whole report is enclosed. Times are told in ${html(report.timezone)}.</p>`,
      `<p style="color:#475569;font-size:.9em">Sent by Phosor’s schedule “${html(schedule.name)}”.</p></body></html>`,
    ].join('\n'),
    attachments: [file],
  };
}

import type { Services } from '../contract.ts';
import { reportBusy } from '../errors.ts';
import { PdfBusy, type PdfDocument } from '../pdf/document.ts';
import { reportCsv } from './csv.ts';
import { reportDocument } from './document.ts';
import type { ExportFormat } from './shapes.ts';
import type { Report } from './types.ts';

export const contentTypes: Record<ExportFormat, string> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  pdf: 'application/pdf',
};

/** The report as a file. Its name is made of our own words only: `phosor-daily-report-2026-11-22.pdf`. */
export async function exportedFile(services: Pick<Services, 'pdf'>, report: Report, format: ExportFormat) {
  const { report_type, report_date } = report;
  return {
    filename: `phosor-${report_type.toLowerCase()}-report-${report_date.replaceAll(/[^0-9-]/g, '')}.${format}`,
    contentType: contentTypes[format],
    content: await contentOf(services, report, format),
  };
}

async function contentOf(services: Pick<Services, 'pdf'>, report: Report, format: ExportFormat): Promise<Buffer> {
  if (format === 'json') return Buffer.from(JSON.stringify(report, null, 2));
  if (format === 'csv') return Buffer.from(reportCsv(report));
  return printed(services, reportDocument(report));
}

/** @throws ApiError where too many documents wait to be printed */
export async function printed({ pdf }: Pick<Services, 'pdf'>, document: PdfDocument): Promise<Buffer> {
  try {
    return Buffer.from(await pdf.print(document));
  } catch (error) {
    if (error instanceof PdfBusy) throw reportBusy();
    throw error;
  }
}

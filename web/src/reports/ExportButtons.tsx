import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { toast } from 'sonner';
import { sentence } from '../api/client.ts';
import { downloadReport, type ExportFormat, type ReportAsked } from '../api/reports.ts';
import { Button } from '../ui/Button.tsx';

const formats: readonly ExportFormat[] = ['pdf', 'csv', 'json'];

/** The report as a file. It is made anew: its figures are those of now. */
export function ExportButtons({
  asked,
  disabled = false,
}: {
  asked: ReportAsked | { saved: string };
  disabled?: boolean;
}) {
  const make = useMutation({
    mutationFn: (format: ExportFormat) => downloadReport(asked, format),
    onError: (error) => toast.error(`Not exported. ${sentence(error)}`),
  });
  return formats.map((format) => (
    <Button
      key={format}
      disabled={disabled || make.isPending}
      busy={make.isPending && make.variables === format}
      aria-label={`Export as ${format.toUpperCase()}`}
      onClick={() => make.mutate(format)}
    >
      <Download className="size-4" aria-hidden="true" /> {format.toUpperCase()}
    </Button>
  ));
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FileUp, FolderUp, Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { request } from '../api/client.ts';
import type { ImportReport } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { group, plural } from '../ui/format.ts';
import { Failure, Skeleton } from '../ui/States.tsx';
import { ImportFindings } from './ImportFindings.tsx';
import { type Chosen, droppedFiles, pickedFiles, readChosen } from './import-files.ts';
import { RuleText } from './RuleRow.tsx';

/** What a pack without a name is called. */
const unnamedPack = 'imported rules';
/** So many findings the server tells at most. */
const mostFindings = 1000;

/** Sends what was chosen. @param check says what would happen and changes nothing */
function post({ zip, files }: Chosen, pack: string, check: boolean): Promise<ImportReport> {
  return request<ImportReport>('/api/rules/import', {
    method: 'POST',
    query: { check: check ? 1 : undefined, pack: zip ? pack : undefined },
    body: zip ?? { files, pack },
  });
}

/** A pack of Sigma rules: chosen or dropped, checked first, then taken into force. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [pack, setPack] = useState('');
  const queryClient = useQueryClient();
  const navigate = useNavigate();

  const check = useMutation({
    mutationFn: async (found: Promise<Parameters<typeof readChosen>[0]>) => {
      const read = await readChosen(await found);
      setChosen(read);
      setPack(read.name);
      return post(read, read.name.trim() || unnamedPack, true);
    },
  });
  const run = useMutation({
    mutationFn: (what: Chosen) => post(what, packName, false),
    onSuccess: () => {
      for (const key of ['rules', 'rule', 'coverage']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
  });
  const packName = pack.trim() || unnamedPack;
  const again = () => {
    setChosen(null);
    check.reset();
    run.reset();
  };
  const report = run.data ?? check.data;
  const taken = (report?.imported ?? 0) + (report?.replaced ?? 0);
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Import rules"
      note="Sigma rules from a folder, from files or from a zip. They are checked first; nothing changes until you import."
      footer={
        run.data ? (
          <>
            <Button onClick={again}>Import more</Button>
            <Button kind="primary" onClick={() => void navigate({ to: '/rules', search: { from: [packName] } })}>
              Show the rules
            </Button>
          </>
        ) : (
          chosen &&
          check.data && (
            <>
              <Button onClick={again}>Choose others</Button>
              <Button kind="primary" busy={run.isPending} disabled={taken === 0} onClick={() => run.mutate(chosen)}>
                Import {plural(taken, 'rule')}
              </Button>
            </>
          )
        )
      }
    >
      <div className="flex flex-col gap-4">
        {!check.data && <Chooser isBusy={check.isPending} onChosen={(found) => check.mutate(found)} />}
        {check.isPending && <Skeleton lines={3} />}
        {check.isError && <Failure error={check.error} />}
        {report && chosen && (
          <>
            <Outcome report={report} isDone={run.isSuccess} />
            {!run.data && (
              <Field
                label="Name of the pack"
                value={pack}
                maxLength={100}
                placeholder={unnamedPack}
                onChange={(event) => setPack(event.target.value.replaceAll('/', ''))}
                hint="Shown beside each rule; a pack can be switched off or removed as a whole."
              />
            )}
            {chosen.leftOut > 0 && (
              <p className="text-xs text-faint">{plural(chosen.leftOut, 'other file')} in the folder left out.</p>
            )}
            {run.isError && <Failure error={run.error} retry={() => run.mutate(chosen)} />}
            <ImportFindings title="Refused" tone="text-bad" findings={report.refused} />
            <ImportFindings title="Warnings" tone="text-high" findings={report.warnings} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function Outcome({ report, isDone }: { report: ImportReport; isDone: boolean }) {
  const figures = [
    [isDone ? 'imported' : 'new', report.imported, 'text-good'],
    ['replaced', report.replaced, 'text-accent'],
    ['refused', report.refused.length, 'text-bad'],
    [report.warnings.length === 1 ? 'warning' : 'warnings', report.warnings.length, 'text-high'],
  ] as const;
  return (
    <div aria-live="polite" data-testid="import-outcome">
      <p className="mb-2 font-medium">{isDone ? 'Done. The rules are in force.' : 'This is what would happen:'}</p>
      <ul className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {figures.map(([name, count, tone]) => (
          <li key={name} className="rounded-md border bg-bg px-3 py-2">
            <span className={cx('tabular block text-lg font-semibold', count > 0 ? tone : 'text-faint')}>
              {group(count)}
              {count === mostFindings && name !== 'new' && name !== 'imported' && ' or more'}
            </span>
            <span className="text-xs text-muted">{name}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Where files are dropped or picked. */
function Chooser({
  isBusy,
  onChosen,
}: {
  isBusy: boolean;
  onChosen: (found: Promise<Parameters<typeof readChosen>[0]>) => void;
}) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const take = (input: HTMLInputElement) => {
    if (input.files && input.files.length > 0) onChosen(Promise.resolve(pickedFiles(input.files)));
    // The same choice again is a new one.
    input.value = '';
  };
  return (
    <section
      aria-label="Drop files here"
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        if (!isBusy) onChosen(droppedFiles(event.dataTransfer));
      }}
      className={cx(
        'flex flex-col items-center gap-3 rounded-lg border-2 border-dashed px-4 py-10 text-center transition-colors',
        isOver ? 'border-accent bg-accent-soft' : 'border-line bg-bg',
      )}
    >
      <Upload className="size-7 text-faint" aria-hidden="true" />
      <p className="font-medium">Drop a folder, files or a zip here</p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button disabled={isBusy} onClick={() => folder.current?.click()}>
          <FolderUp className="size-4" aria-hidden="true" /> Choose a folder
        </Button>
        <Button disabled={isBusy} onClick={() => files.current?.click()}>
          <FileUp className="size-4" aria-hidden="true" /> Choose files or a zip
        </Button>
      </div>
      <p className="max-w-md text-xs text-muted">
        Sigma rules in .yml or .yaml, native ones in .json. Lines beside a rule, in <RuleText text="<rule>.fire.log" />{' '}
        and <RuleText text="<rule>.quiet.log" />, come along as its tests. The author of each rule is kept and shown.
      </p>
      <input
        ref={files}
        hidden
        type="file"
        multiple
        accept=".yml,.yaml,.json,.log,.zip"
        aria-label="Files or a zip"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={(element) => {
          folder.current = element;
          // React does not know this attribute.
          element?.setAttribute('webkitdirectory', '');
        }}
        hidden
        type="file"
        aria-label="A folder"
        onChange={(event) => take(event.currentTarget)}
      />
    </section>
  );
}

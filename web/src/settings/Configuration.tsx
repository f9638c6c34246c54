import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Lock, Pencil } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { settingsQuery } from '../api/queries.ts';
import type { SettingView } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field, Select, TextArea } from '../ui/Field.tsx';
import { LogText } from '../ui/LogText.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Switch } from '../ui/Switch.tsx';
import { editText, inputKind, readText, showValue } from './setting-value.ts';

const route = getRouteApi('/app/settings');

const origins: Record<SettingView['origin'], [string, 'neutral' | 'accent']> = {
  default: ['default', 'neutral'],
  file: ['configuration file', 'accent'],
  environment: ['environment', 'accent'],
  flag: ['flag', 'accent'],
  runtime: ['changed here', 'accent'],
};

const titles: Record<string, string> = {
  http: 'HTTP',
  api: 'API',
  udp: 'UDP',
  tcp: 'TCP',
  tls: 'TLS',
  pii: 'Personal data',
};
const titleOf = (name: string) => titles[name] ?? name.replace(/^./, (letter) => letter.toUpperCase());

/** What is in force, where it came from, and what may be changed while Phosor runs. */
export function Configuration({ admin }: { admin: boolean }) {
  const query = useQuery(settingsQuery);
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  if (query.isPending) return <Skeleton lines={10} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const text = q.toLowerCase();
  const shown = query.data.filter(
    (setting) =>
      !text ||
      [setting.key, setting.title, setting.description, setting.environment, setting.flag].some((part) =>
        part?.toLowerCase().includes(text),
      ),
  );
  const sections = Map.groupBy(shown, ({ key }) => (key.includes('.') ? key.slice(0, key.indexOf('.')) : 'general'));
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <SearchBox
          label="Search the settings"
          placeholder="Name or word …"
          value={q}
          onChange={(next) =>
            void navigate({ search: ({ q: _q, ...rest }) => (next ? { ...rest, q: next } : rest), replace: true })
          }
          className="w-full sm:w-72"
        />
        <p className="text-xs text-faint">
          Precedence: flags, environment, configuration file, default. Settings with a lock change only at a restart;
          the others here, at once.
        </p>
      </div>
      {shown.length === 0 && <Empty title="No setting has that word." />}
      {[...sections].map(([section, settings]) => (
        <Card key={section} title={titleOf(section)} flush>
          <ul>
            {settings.map((setting) => (
              <Setting key={setting.key} setting={setting} admin={admin} />
            ))}
          </ul>
        </Card>
      ))}
    </div>
  );
}

function Setting({ setting, admin }: { setting: SettingView; admin: boolean }) {
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const queryClient = useQueryClient();
  const kind = inputKind(setting);
  const change = useMutation({
    mutationFn: (value: unknown) => request('/api/settings', { method: 'PATCH', body: { key: setting.key, value } }),
    onSuccess: () => {
      setEditing(false);
      toast.success(`${setting.title} changed`, {
        duration: 12_000,
        action: { label: 'Undo', onClick: () => change.mutate(setting.value) },
      });
      void queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey });
    },
    onError: (error) => setProblem(sentence(error)),
  });
  const save = () => {
    const read = readText(text, setting);
    if ('problem' in read) setProblem(read.problem);
    else change.mutate(read.value);
  };
  const [originName, tone] = origins[setting.origin];
  const schema = setting.schema as { enum?: unknown[] } | null;
  const may = setting.runtime && admin;
  return (
    <li className="grid gap-x-6 gap-y-2 border-b px-4 py-3 last:border-b-0 md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="min-w-0">
        <p className="font-medium">{setting.title}</p>
        <p className="text-xs text-muted">{setting.description}</p>
        <p className="flex flex-wrap gap-x-3 font-mono text-2xs text-faint">
          {[setting.key, setting.environment, setting.flag].map((name) => name && <code key={name}>{name}</code>)}
        </p>
      </div>
      <div className="flex min-w-0 flex-col gap-2">
        {editing ? (
          <form
            className="flex flex-col gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              save();
            }}
          >
            {kind === 'choice' ? (
              <Select
                quiet
                label={setting.title}
                value={text}
                onChange={(event) => setText(event.target.value)}
                options={(schema?.enum ?? []).map((value) => [String(value), String(value)] as const)}
                error={problem}
              />
            ) : kind === 'list' ? (
              <TextArea
                quiet
                mono
                autoFocus
                rows={4}
                label={setting.title}
                value={text}
                onChange={(event) => setText(event.target.value)}
                hint="One per line."
                error={problem}
              />
            ) : (
              <Field
                quiet
                autoFocus
                label={setting.title}
                inputMode={kind === 'number' ? 'decimal' : undefined}
                value={text}
                onChange={(event) => setText(event.target.value)}
                error={problem}
              />
            )}
            <div className="flex gap-2">
              <Button size="small" kind="primary" type="submit" busy={change.isPending}>
                Save
              </Button>
              <Button size="small" onClick={() => setEditing(false)}>
                Cancel
              </Button>
              {setting.origin !== 'default' && (
                <Button size="small" kind="ghost" onClick={() => setText(editText(setting.default))}>
                  Default
                </Button>
              )}
            </div>
          </form>
        ) : (
          <div className="flex items-start gap-2">
            {kind === 'switch' && may ? (
              <Switch
                label={setting.title}
                checked={setting.value === true}
                disabled={change.isPending}
                onChange={(value) => change.mutate(value)}
              />
            ) : (
              <span className="min-w-0 grow break-words">
                <LogText text={setting.secret ? '••••••••' : showValue(setting.value)} limit={2000} />
              </span>
            )}
            <span className={kind === 'switch' && may ? 'ml-auto' : 'shrink-0'}>
              <Badge tone={tone}>{originName}</Badge>
            </span>
            {may && kind !== 'switch' && (
              <IconButton
                label={`Change ${setting.title}`}
                className="-my-1 size-7"
                onClick={() => {
                  setText(editText(setting.value));
                  setProblem(null);
                  setEditing(true);
                }}
              >
                <Pencil aria-hidden="true" />
              </IconButton>
            )}
            {!setting.runtime && (
              <Lock className="mt-1 size-3.5 shrink-0 text-faint" aria-label="Fixed while Phosor runs" />
            )}
          </div>
        )}
        {!editing && problem && change.isError && <p className="text-xs text-bad">{problem}</p>}
      </div>
    </li>
  );
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Bookmark, BookmarkPlus, Pencil, Save, Share2, Trash2 } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, inputClass } from '../ui/Field.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { differs, type SearchAddress, savedBody } from './address.ts';
import { type SavedSearch, savedSearchesQuery } from './api.ts';

/** Searches with a name: opened, saved, changed, shared, deleted. */
export function SavedSearches({
  search,
  open,
  onOpenChange,
  onShow,
  onSaved,
}: {
  search: SearchAddress;
  /** The dialog in which the search gets its name. */
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onShow: (saved: SavedSearch) => void;
  onSaved: (id: string | undefined) => void;
}) {
  const [listed, setListed] = useState(false);
  const [renamed, setRenamed] = useState<SavedSearch | null>(null);
  const query = useQuery({ ...savedSearchesQuery, enabled: listed || search.saved !== undefined });
  const current = query.data?.find(({ id }) => id === search.saved);
  const change = useChange();
  const isChanged = current !== undefined && differs(search, current);
  return (
    <>
      <Popover.Root open={listed} onOpenChange={setListed}>
        <Popover.Trigger asChild>
          <Button size="small" className="max-w-48">
            <Bookmark className="size-3.5 shrink-0" aria-hidden="true" />
            <span className={current ? 'truncate' : 'truncate max-sm:sr-only'}>
              {current ? <LogText text={current.name} limit={60} wrap={false} className="!font-sans" /> : 'Saved'}
            </span>
            {isChanged && (
              <span className="text-accent" title="Changed since it was saved">
                •
              </span>
            )}
          </Button>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            align="end"
            sideOffset={6}
            collisionPadding={8}
            aria-label="Saved searches"
            className="z-40 flex max-h-[70vh] w-96 max-w-[calc(100vw-1rem)] flex-col rounded-lg border bg-surface shadow-pop"
          >
            <List
              data={query.data}
              error={query.error}
              retry={() => void query.refetch()}
              onShow={(saved) => {
                setListed(false);
                onShow(saved);
              }}
              onRename={(saved) => {
                setListed(false);
                setRenamed(saved);
              }}
              onDeleted={(id) => id === search.saved && onSaved(undefined)}
            />
            <footer className="flex gap-1 border-t p-1.5">
              <Button
                size="small"
                kind="ghost"
                onClick={() => {
                  setListed(false);
                  onOpenChange(true);
                }}
              >
                <BookmarkPlus className="size-3.5" aria-hidden="true" /> Save this search …
              </Button>
              {current?.mine && isChanged && (
                <Button
                  size="small"
                  kind="ghost"
                  busy={change.isPending}
                  onClick={() =>
                    change.mutate(
                      { id: current.id, change: savedBody(search, false, Date.now()) },
                      { onSuccess: () => toast.success(`“${current.name}” is now this search`) },
                    )
                  }
                >
                  <Save className="size-3.5" aria-hidden="true" /> Update “{current.name.slice(0, 20)}”
                </Button>
              )}
            </footer>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {open && <SaveDialog search={search} onClose={() => onOpenChange(false)} onSaved={onSaved} />}
      {renamed && <RenameDialog saved={renamed} onClose={() => setRenamed(null)} />}
    </>
  );
}

function useChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: object }) =>
      request<SavedSearch>(`/api/searches/${encodeURIComponent(id)}`, { method: 'PATCH', body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: savedSearchesQuery.queryKey }),
    onError: (error) => toast.error(sentence(error)),
  });
}

function List({
  data,
  error,
  retry,
  onShow,
  onRename,
  onDeleted,
}: {
  data: readonly SavedSearch[] | undefined;
  error: unknown;
  retry: () => void;
  onShow: (saved: SavedSearch) => void;
  onRename: (saved: SavedSearch) => void;
  onDeleted: (id: string) => void;
}) {
  const client = useQueryClient();
  const mayShare = useMayAct();
  const change = useChange();
  const [text, setText] = useState('');
  const remove = useMutation({
    mutationFn: ({ id }: SavedSearch) => request(`/api/searches/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: (_, saved) => {
      onDeleted(saved.id);
      void client.invalidateQueries({ queryKey: savedSearchesQuery.queryKey });
      const { name, query, columns, view, range, shared } = saved;
      toast(`“${name}” is deleted`, {
        action: {
          label: 'Undo',
          onClick: () =>
            void request('/api/searches', {
              method: 'POST',
              body: { name, query, columns, view, range, shared: shared && mayShare },
            })
              .then(() => client.invalidateQueries({ queryKey: savedSearchesQuery.queryKey }))
              .catch((undo: unknown) => toast.error(sentence(undo))),
        },
      });
    },
    onError: (failed) => toast.error(sentence(failed)),
  });
  if (error && !data) return <Failure error={error} retry={retry} className="m-2" />;
  if (!data) return <Skeleton lines={3} className="p-3" />;
  if (data.length === 0) {
    return (
      <Empty icon={<Bookmark aria-hidden="true" />} title="Nothing is saved yet.">
        Save a search to open it again with two clicks, and to share it.
      </Empty>
    );
  }
  const wanted = text.trim().toLowerCase();
  const shown = data.filter(
    ({ name, query }) => name.toLowerCase().includes(wanted) || query.toLowerCase().includes(wanted),
  );
  return (
    <>
      {data.length > 6 && (
        <div className="p-2">
          <input
            aria-label="Find a saved search"
            placeholder="Find …"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className={inputClass}
          />
        </div>
      )}
      <ul className="thin-scroll min-h-0 grow overflow-y-auto p-1" data-testid="saved-searches">
        {shown.map((saved) => (
          <li key={saved.id} className="group flex items-center rounded-md hover:bg-raised">
            <button
              type="button"
              onClick={() => onShow(saved)}
              className="min-w-0 grow rounded-md px-2 py-1.5 text-left"
            >
              <span className="flex items-center gap-2">
                <LogText
                  text={saved.name}
                  limit={120}
                  wrap={false}
                  className="truncate !font-sans !text-[1em] font-medium"
                />
                {saved.shared && (
                  <Badge title={`Shared by ${saved.owner}`}>
                    shared{saved.mine ? '' : ' by '}
                    {!saved.mine && <LogText text={saved.owner} limit={30} wrap={false} />}
                  </Badge>
                )}
              </span>
              <span className="block truncate text-xs text-muted">
                <LogText text={saved.query || 'everything'} limit={160} wrap={false} />
              </span>
            </button>
            {saved.mine && (
              <>
                {(mayShare || saved.shared) && (
                  <IconButton
                    label={saved.shared ? `Stop sharing ${saved.name}` : `Share ${saved.name} with everybody`}
                    pressed={saved.shared}
                    className="size-7"
                    onClick={() => change.mutate({ id: saved.id, change: { shared: !saved.shared } })}
                  >
                    <Share2 aria-hidden="true" />
                  </IconButton>
                )}
                <IconButton label={`Rename ${saved.name}`} className="size-7" onClick={() => onRename(saved)}>
                  <Pencil aria-hidden="true" />
                </IconButton>
                <IconButton label={`Delete ${saved.name}`} className="size-7" onClick={() => remove.mutate(saved)}>
                  <Trash2 aria-hidden="true" />
                </IconButton>
              </>
            )}
          </li>
        ))}
        {shown.length === 0 && (
          <li className="px-2 py-3 text-center text-muted">None has this in its name or query.</li>
        )}
      </ul>
    </>
  );
}

function SaveDialog({
  search,
  onClose,
  onSaved,
}: {
  search: SearchAddress;
  onClose: () => void;
  onSaved: (id: string) => void;
}) {
  const client = useQueryClient();
  const mayShare = useMayAct();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [fixed, setFixed] = useState(false);
  const moves = search.from === undefined && search.range !== 'all';
  const save = useMutation({
    mutationFn: () =>
      request<SavedSearch>('/api/searches', {
        method: 'POST',
        body: { name: name.trim(), shared, ...savedBody(search, fixed, Date.now()) },
      }),
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: savedSearchesQuery.queryKey });
      toast.success(`“${saved.name}” is saved`);
      onClose();
      onSaved(saved.id);
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Save this search"
      note="Its query, columns, view and time range."
      footer={
        <Button kind="primary" disabled={name.trim() === ''} busy={save.isPending} onClick={() => save.mutate()}>
          Save
        </Button>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') save.mutate();
        }}
      >
        <Field
          label="Name"
          value={name}
          maxLength={120}
          onChange={(event) => setName(event.target.value)}
          error={save.error ? sentence(save.error) : null}
        />
        {moves && (
          <label className="flex items-center gap-2">
            <input type="checkbox" checked={fixed} onChange={(event) => setFixed(event.target.checked)} />
            Keep the time as it is now, instead of “the last …” whenever it is opened
          </label>
        )}
        {mayShare && (
          <label className="flex items-center gap-2">
            <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
            Share it with everybody
          </label>
        )}
      </form>
    </Dialog>
  );
}

function RenameDialog({ saved, onClose }: { saved: SavedSearch; onClose: () => void }) {
  const [name, setName] = useState(saved.name);
  const change = useChange();
  const rename = () => change.mutate({ id: saved.id, change: { name: name.trim() } }, { onSuccess: onClose });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Rename the search"
      footer={
        <Button kind="primary" disabled={name.trim() === ''} busy={change.isPending} onClick={rename}>
          Rename
        </Button>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') rename();
        }}
      >
        <Field label="Name" value={name} maxLength={120} onChange={(event) => setName(event.target.value)} />
      </form>
    </Dialog>
  );
}

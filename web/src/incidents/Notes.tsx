import { useQuery } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { type Ref, useState } from 'react';
import { request } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { TextArea } from '../ui/Field.tsx';
import { NoteText } from '../ui/NoteText.tsx';
import { Time } from '../ui/Time.tsx';
import { act, pathOf } from './api.ts';
import type { IncidentDetail, IncidentNote } from './types.ts';

/** What people write about the incident. Plain text; each edits their own. */
export function Notes({ incident, field }: { incident: IncidentDetail; field?: Ref<HTMLTextAreaElement> }) {
  const mayAct = useMayAct() && incident.merged_into === null;
  const { data: me } = useQuery(meQuery);
  const [text, setText] = useState('');
  const [editing, setEditing] = useState<IncidentNote | null>(null);
  const path = `${pathOf(incident.id)}/notes`;
  const save = async () => {
    const body = { text };
    const done = editing
      ? await act(() => request(`${path}/${editing.id}`, { method: 'PATCH', body }), 'Note changed')
      : await act(() => request(path, { method: 'POST', body }), 'Note added');
    if (!done) return;
    setText('');
    setEditing(null);
  };
  return (
    <Card title="Notes">
      {incident.notes.length === 0 && <p className="mb-2 text-muted">Nothing was written down yet.</p>}
      <ul className="mb-3 flex flex-col gap-3">
        {incident.notes.map((note) => (
          <li key={note.id} className="group">
            <div className="flex items-center gap-2 text-xs text-muted">
              <span className="font-medium">{note.author}</span>
              <Time value={note.created_at} form="relative" />
              {note.edited_at && (
                <span>
                  edited <Time value={note.edited_at} form="relative" />
                </span>
              )}
              {mayAct && me?.username === note.author && (
                <span className="ml-auto flex">
                  <IconButton
                    label="Edit the note"
                    className="size-6"
                    onClick={() => {
                      setEditing(note);
                      setText(note.text);
                    }}
                  >
                    <Pencil aria-hidden="true" />
                  </IconButton>
                  <IconButton
                    label="Remove the note"
                    className="size-6"
                    onClick={() => void act(() => request(`${path}/${note.id}`, { method: 'DELETE' }), 'Note removed')}
                  >
                    <Trash2 aria-hidden="true" />
                  </IconButton>
                </span>
              )}
            </div>
            <NoteText text={note.text} />
          </li>
        ))}
      </ul>
      {mayAct && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) void save();
          }}
        >
          <TextArea
            ref={field}
            label={editing ? 'Edit the note' : 'Add a note'}
            rows={3}
            maxLength={10_000}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
              if (event.key === 'Escape') event.currentTarget.blur();
            }}
          />
          <div className="mt-2 flex justify-end gap-2">
            {editing && (
              <Button
                size="small"
                onClick={() => {
                  setEditing(null);
                  setText('');
                }}
              >
                Cancel
              </Button>
            )}
            <Button size="small" kind="primary" type="submit" disabled={!text.trim()}>
              {editing ? 'Save the note' : 'Add the note'}
            </Button>
          </div>
        </form>
      )}
    </Card>
  );
}

import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field, TextArea } from '../ui/Field.tsx';
import { NoteText } from '../ui/NoteText.tsx';
import { Time } from '../ui/Time.tsx';
import { type EntityView, entityPath } from './api.ts';

/** What people know of it: a note and tags. */
export function EntityNotes({ entity }: { entity: EntityView }) {
  const mayAct = useMayAct();
  const { note } = entity;
  const [edited, setEdited] = useState<{ text: string; tags: string } | null>(null);
  const save = async () => {
    if (!edited) return;
    const tags = edited.tags.split(',').flatMap((tag) => tag.trim() || []);
    try {
      await request(`${entityPath(entity.kind, entity.value)}/note`, {
        method: 'PUT',
        body: { text: edited.text, tags },
      });
      toast.success('Saved');
      setEdited(null);
      void queryClient.invalidateQueries({ queryKey: ['entity'] });
    } catch (error) {
      toast.error(`Not saved. ${sentence(error)}`);
    }
  };
  return (
    <Card title="What we know">
      {edited === null ? (
        <>
          {note === null && <p className="text-muted">Nothing was written down about it.</p>}
          {note && (
            <>
              <div className="mb-1 flex flex-wrap gap-1">
                {note.tags.map((tag) => (
                  <Badge key={tag} tone="accent">
                    {tag}
                  </Badge>
                ))}
              </div>
              <NoteText text={note.text} />
              <p className="mt-1 text-xs text-muted">
                {note.author}, <Time value={note.updated_at} form="relative" />
              </p>
            </>
          )}
          {mayAct && (
            <Button
              size="small"
              className="mt-2"
              onClick={() => setEdited({ text: note?.text ?? '', tags: note?.tags.join(', ') ?? '' })}
            >
              {note ? 'Edit' : 'Write something down'}
            </Button>
          )}
        </>
      ) : (
        <form
          className="flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <TextArea
            label="Note"
            rows={4}
            maxLength={10_000}
            value={edited.text}
            onChange={(event) => setEdited({ ...edited, text: event.target.value })}
          />
          <Field
            label="Tags"
            hint="With commas between"
            value={edited.tags}
            onChange={(event) => setEdited({ ...edited, tags: event.target.value })}
          />
          <div className="flex justify-end gap-2">
            <Button size="small" onClick={() => setEdited(null)}>
              Cancel
            </Button>
            <Button size="small" kind="primary" type="submit">
              Save
            </Button>
          </div>
        </form>
      )}
    </Card>
  );
}

import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { queryClient, sourcesQuery } from '../api/queries.ts';
import type { SourceJson } from '../api/types.ts';

const addressOf = (source: SourceJson) => `/api/sources/${encodeURIComponent(source.name)}`;
const refresh = () => queryClient.invalidateQueries({ queryKey: sourcesQuery.queryKey });

export type SourceChange = Partial<Pick<SourceJson, 'hint' | 'timezone' | 'trusted' | 'enabled'>>;

export async function changeSource(source: SourceJson, change: SourceChange, done: string): Promise<boolean> {
  try {
    await request(addressOf(source), { method: 'PATCH', body: change });
  } catch (error) {
    toast.error(`Not changed. ${sentence(error)}`);
    return false;
  }
  const before = Object.fromEntries(Object.keys(change).map((key) => [key, source[key as keyof SourceChange]]));
  toast.success(done, {
    action: { label: 'Undo', onClick: () => void changeSource(source, before, 'As it was') },
  });
  void refresh();
  return true;
}

/** What was collected stays; a file can be added again and goes on where it was. */
export async function removeSource(source: SourceJson): Promise<void> {
  try {
    await request(addressOf(source), { method: 'DELETE' });
  } catch (error) {
    toast.error(`Not removed. ${sentence(error)}`);
    return;
  }
  void refresh();
  const { path } = source;
  toast.success(`${source.name} is no longer followed. What was collected stays.`, {
    duration: 12_000,
    ...(path === null ? {} : { action: { label: 'Undo', onClick: () => void addFile(path, source.hint, false) } }),
  });
}

/** @throws with the sentence to show beside the field */
export async function addFile(filepath: string, hint: string | null, fromBeginning: boolean): Promise<string> {
  const { source } = await request<{ source: string }>('/api/sources/file/add', {
    method: 'POST',
    body: { filepath, ...(hint ? { hint } : {}), from_beginning: fromBeginning },
  });
  toast.success(`Following ${filepath}`);
  void refresh();
  void queryClient.invalidateQueries({ queryKey: ['offers'] });
  return source;
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';

interface Change<Answer> {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  query?: Record<string, string>;
  /** What is said when it is done. */
  done?: (answer: Answer) => string | null;
}

/** A change below /api/intel: the page is asked for anew behind it, and a refusal is shown in its sentence. */
export function useIntelChange<Answer = unknown>() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body, query }: Change<Answer>) =>
      request<Answer>(`/api/intel${path}`, { method, ...(body !== undefined && { body }), ...(query && { query }) }),
    onSuccess: (answer, { done }) => {
      const said = done?.(answer);
      if (said) toast.success(said);
    },
    onError: (error) => toast.error(sentence(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['intel'] }),
  });
}

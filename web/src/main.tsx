import './language.ts';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queries.ts';
import { router } from './router.tsx';
import { Toasts } from './ui/Toasts.tsx';
import './style.css';

// The screen of the address comes while the server is asked who is there, not afterwards.
const [matched] = router.getMatchedRoutes(location.pathname);
for (const route of matched) void router.loadRouteChunk(route);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </StrictMode>,
  );
}

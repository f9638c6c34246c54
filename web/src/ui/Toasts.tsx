import { Toaster } from 'sonner';
import { useTheme } from '../shell/theme.ts';

/** Where `toast()` appears. */
export function Toasts() {
  const { shown } = useTheme();
  return (
    <Toaster
      theme={shown}
      position="bottom-right"
      duration={6000}
      closeButton
      mobileOffset={{ bottom: 68 }}
      style={
        {
          '--normal-bg': 'var(--raised)',
          '--normal-border': 'var(--line-strong)',
          '--normal-text': 'var(--text)',
          fontFamily: 'inherit',
        } as React.CSSProperties
      }
    />
  );
}

import { Link } from '@tanstack/react-router';
import { cx } from '../ui/cx.ts';
import { LogText } from '../ui/LogText.tsx';

/** An address, with its port; leads to everything known of it. */
export function Address({ address, port, className }: { address: string; port?: number | null; className?: string }) {
  return (
    <span className={cx('font-mono text-xs whitespace-nowrap', className)}>
      <Link
        to="/entity/$kind/$value"
        params={{ kind: 'address', value: address }}
        title="Everything known of this address"
        className="hover:text-accent hover:underline"
      >
        <LogText text={address} limit={45} wrap={false} />
      </Link>
      {port !== null && port !== undefined && <span className="text-faint">:{port}</span>}
    </span>
  );
}

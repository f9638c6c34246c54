import { Drawer } from '../ui/Dialog.tsx';

const lines: readonly (readonly [string, string])[] = [
  ['failed', 'The word stands anywhere in the line, in any case'],
  ['"Failed password"', 'These words in a row'],
  ['user:root', 'The field is root; a blank between conditions means AND'],
  ['-host:web1', 'Leaves web1 out; NOT host:web1 says the same'],
  ['user:(root OR admin)', 'One of several values'],
  ['(ssh OR telnet) user:root', 'Parentheses group'],
  ['program:ssh*', 'Begins with; *x ends with, *x* contains'],
  ['src_ip:203.0.113.0/24', 'Addresses of a network'],
  ['severity>=high', 'At least; also > < <=, and for numbers: dst_port>=1024'],
  ['user:*', 'Has a user; -user:* has none'],
  ['exe:/bin/sh', 'Whatever a parser found: name it as the details of an event do'],
  ['user\\:root', 'A backslash takes the next character as it is'],
];

/** The language on one sheet. */
export function QueryHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Drawer open={open} onClose={onClose} title="How to write a query" note="Everything is compared whatever its case.">
      <dl className="grid gap-3">
        {lines.map(([query, meaning]) => (
          <div key={query}>
            <dt>
              <code className="log rounded bg-raised px-1.5 py-0.5">{query}</code>
            </dt>
            <dd className="mt-0.5 text-muted">{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-5 text-muted">
        Names from the log analyzer and from PHOSOR mean the same fields: source_ip, username, destination_port,
        hostname. In the results, a click on a value includes or excludes it.
      </p>
    </Drawer>
  );
}

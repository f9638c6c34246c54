import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command, defaultFilter } from 'cmdk';
import { FilePlus2, FlaskConical, Keyboard, Moon, Plus, ScrollText, Search, Sun, Upload, Volume2 } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import { rulesQuery, sourcesQuery } from '../api/queries.ts';
import { places } from './navigation.ts';
import { useSound } from './sound.ts';
import { setTheme, useTheme } from './theme.ts';

interface PaletteProps {
  /** What was typed before it was there. */
  typed: RefObject<string>;
  onClose: () => void;
  onShortcuts: () => void;
}

/** ⌘K: pages, actions, rules, sources, and whatever was typed as a search of the alerts. */
export function Palette({ typed, onClose, onShortcuts }: PaletteProps) {
  const [text, setText] = useState(typed.current);
  useEffect(() => {
    typed.current = '';
  }, [typed]);
  const navigate = useNavigate();
  const { shown } = useTheme();
  const [sound, setSound] = useSound();
  const { data: rules = [] } = useQuery(rulesQuery);
  const { data: sources = [] } = useQuery(sourcesQuery);
  const run = (action: () => unknown) => () => {
    onClose();
    action();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/55" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-1.5rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border bg-surface shadow-pop"
        >
          <Dialog.Title className="sr-only">Go to a page or do something</Dialog.Title>
          <Command label="Go to or do" loop filter={rank}>
            <div className="flex items-center gap-2.5 border-b px-4">
              <Search className="size-4 shrink-0 text-faint" aria-hidden="true" />
              <Command.Input
                value={text}
                onValueChange={setText}
                placeholder="A page, an action, a rule, an address …"
                className="h-12 grow bg-transparent outline-none"
              />
            </div>
            <Command.List className="thin-scroll max-h-[55vh] overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint">
              <Command.Empty className="px-3 py-6 text-center text-muted">Nothing has that name.</Command.Empty>
              <Group heading="Go to">
                {places.map((place) => (
                  <Item
                    key={place.to}
                    value={`go to ${place.name}`}
                    icon={<place.icon />}
                    keys={`g ${place.key}`}
                    onSelect={run(() => navigate({ to: place.to }))}
                  >
                    {place.name}
                  </Item>
                ))}
              </Group>
              <Group heading="Do">
                <Item
                  value="new rule create"
                  icon={<Plus />}
                  onSelect={run(() => navigate({ to: '/rules', search: { edit: 'new' } }))}
                >
                  New rule
                </Item>
                <Item
                  value="import rules pack sigma zip"
                  icon={<Upload />}
                  onSelect={run(() => navigate({ to: '/rules', search: { show: 'import' } }))}
                >
                  Import rules
                </Item>
                <Item
                  value="add a log file source"
                  icon={<FilePlus2 />}
                  onSelect={run(() => navigate({ to: '/sources', search: { add: true } }))}
                >
                  Add a log file
                </Item>
                <Item
                  value="test parse a log line"
                  icon={<FlaskConical />}
                  onSelect={run(() => navigate({ to: '/sources', hash: 'test-line' }))}
                >
                  See how a line is understood
                </Item>
                <Item
                  value="theme appearance dark light"
                  icon={shown === 'dark' ? <Sun /> : <Moon />}
                  keys="t"
                  onSelect={run(() => setTheme(shown === 'dark' ? 'light' : 'dark'))}
                >
                  {shown === 'dark' ? 'Light appearance' : 'Dark appearance'}
                </Item>
                <Item value="sound critical alerts" icon={<Volume2 />} onSelect={run(() => setSound(!sound))}>
                  {sound ? 'Sound on critical alerts: turn off' : 'Sound on critical alerts: turn on'}
                </Item>
                <Item value="keyboard shortcuts help" icon={<Keyboard />} keys="?" onSelect={run(onShortcuts)}>
                  Keyboard shortcuts
                </Item>
              </Group>
              {text.trim().length > 1 && (
                <>
                  <Group heading="Rules">
                    {rules.map((rule) => (
                      <Item
                        key={rule.id}
                        value={`rule ${rule.name} ${rule.id}`}
                        icon={<ScrollText />}
                        onSelect={run(() => navigate({ to: '/rules', search: { edit: rule.id } }))}
                      >
                        {rule.name}
                      </Item>
                    ))}
                  </Group>
                  <Group heading="Sources">
                    {sources.slice(0, 50).map((source) => (
                      <Item
                        key={source.name}
                        value={`source ${source.name}`}
                        icon={<Search />}
                        onSelect={run(() => navigate({ to: '/sources', search: { open: source.name } }))}
                      >
                        {source.name}
                      </Item>
                    ))}
                  </Group>
                </>
              )}
              {text.trim() && (
                <Group heading="Search">
                  <Item
                    value={`${searchFor}events`}
                    icon={<Search />}
                    onSelect={run(() => navigate({ to: '/search', search: { q: text.trim() } }))}
                  >
                    Search events for “{text.trim()}”
                  </Item>
                  <Item
                    value={`${searchFor}alerts`}
                    icon={<Search />}
                    onSelect={run(() => navigate({ to: '/alerts', search: { q: text.trim(), view: 'all' } }))}
                  >
                    Alerts with “{text.trim()}”
                  </Item>
                  <Item
                    value={`${searchFor}live tail`}
                    icon={<Search />}
                    onSelect={run(() => navigate({ to: '/live', search: { q: text.trim() } }))}
                  >
                    Live tail with “{text.trim()}”
                  </Item>
                </Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A search for whatever was typed is always possible, so it comes after everything that has that name. */
const searchFor = 'search for ';
const rank = (value: string, text: string, keywords?: string[]): number =>
  value.startsWith(searchFor) ? 1e-6 : defaultFilter(value, text, keywords);

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return <Command.Group heading={heading}>{children}</Command.Group>;
}

function Item({
  value,
  icon,
  keys,
  onSelect,
  children,
}: {
  value: string;
  icon: ReactNode;
  keys?: string;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex cursor-pointer items-center gap-3 rounded-md px-2.5 py-2 data-[selected=true]:bg-raised [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint"
    >
      {icon}
      <span className="min-w-0 grow truncate">{children}</span>
      {keys && <kbd className="text-2xs text-faint">{keys}</kbd>}
    </Command.Item>
  );
}

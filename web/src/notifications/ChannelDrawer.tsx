import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import type { Severity } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Drawer } from '../ui/Dialog.tsx';
import { Field, Select, TextArea } from '../ui/Field.tsx';
import { severitiesDown } from '../ui/Severity.tsx';
import { Switch } from '../ui/Switch.tsx';
import { ConfigFields } from './ConfigFields.tsx';
import { configOf, type FormValues, initialValues, lines } from './form.ts';
import { Preview } from './Preview.tsx';
import { type Channel, type ChannelType, channelPath, channelsQuery } from './queries.ts';

/** Adds a channel, or changes one. */
export function ChannelDrawer({
  types,
  channel,
  onClose,
}: {
  types: readonly ChannelType[];
  /** Null: a new one. */
  channel: Channel | null;
  onClose: () => void;
}) {
  const [typeName, setTypeName] = useState(channel?.type ?? types[0]?.name ?? '');
  const type = types.find((each) => each.name === typeName);
  if (type === undefined) return null;
  return (
    <ChannelForm
      key={typeName}
      type={type}
      channel={channel}
      onClose={onClose}
      chooser={
        channel === null && (
          <Select
            label="Type"
            hint={type.description}
            value={typeName}
            onChange={(event) => setTypeName(event.target.value)}
            options={types.map(({ name, title }) => [name, title] as const)}
          />
        )
      }
    />
  );
}

function ChannelForm({
  type,
  channel,
  chooser,
  onClose,
}: {
  type: ChannelType;
  channel: Channel | null;
  chooser: ReactNode;
  onClose: () => void;
}) {
  const queryClient = useQueryClient();
  const [name, setName] = useState(channel?.name ?? type.title);
  const [values, setValues] = useState<FormValues>(() => initialValues(type, channel));
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [tells, setTells] = useState({
    updates: channel?.updates ?? true,
    closing: channel?.closing ?? true,
    digest: channel?.digest ?? true,
  });
  const [chosen, setChosen] = useState<Severity[]>(channel?.filter.severities ?? []);
  const [words, setWords] = useState({
    entities: channel?.filter.entities.join('\n') ?? '',
    rules: channel?.filter.rules.join('\n') ?? '',
    tags: channel?.filter.tags.join('\n') ?? '',
  });
  const config = configOf(type, values, removed);
  const save = useMutation({
    mutationFn: () => {
      const filter = {
        severities: chosen,
        entities: lines(words.entities),
        rules: lines(words.rules),
        tags: lines(words.tags),
      };
      const body = { name, config, filter, ...tells };
      return channel === null
        ? request<Channel>('/api/notifications/channels', { method: 'POST', body: { ...body, type: type.name } })
        : request<Channel>(channelPath(channel.id), { method: 'PATCH', body });
    },
    onSuccess: (saved) => {
      toast.success(
        channel === null ? `${saved.name} added. Send a test to see whether it arrives.` : `${saved.name} saved`,
      );
      void queryClient.invalidateQueries({ queryKey: channelsQuery.queryKey });
      onClose();
    },
  });
  const toggle = (severity: Severity) =>
    setChosen(chosen.includes(severity) ? chosen.filter((each) => each !== severity) : [...chosen, severity]);
  return (
    <Drawer
      open
      onClose={onClose}
      title={channel === null ? 'New channel' : channel.name}
      note={channel === null ? 'Where people are told of incidents.' : type.description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="channel" busy={save.isPending}>
            {channel === null ? 'Add' : 'Save'}
          </Button>
        </>
      }
    >
      <form
        id="channel"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {chooser}
        <Field label="Name" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <ConfigFields
          type={type}
          values={values}
          onChange={(field, value) => setValues({ ...values, [field]: value })}
          stored={channel?.secrets_set ?? []}
          removed={removed}
          onRemove={(field) => setRemoved(new Set([...removed, field]))}
        />
        {save.isError && (
          <p role="alert" className="text-sm text-bad">
            {sentence(save.error)}
          </p>
        )}
        <fieldset className="flex flex-col gap-3 border-t pt-4">
          <legend className="sr-only">What is told</legend>
          {(
            [
              ['updates', 'Updates', 'Tell when an incident grows.'],
              ['closing', 'Closing notes', 'Tell when an incident is closed.'],
              ['digest', 'Digests', 'Send digests here.'],
            ] as const
          ).map(([key, label, hint]) => (
            <div key={key} className="flex items-center gap-3">
              <Switch label={label} checked={tells[key]} onChange={(value) => setTells({ ...tells, [key]: value })} />
              <span>
                {label} <span className="text-xs text-faint">{hint}</span>
              </span>
            </div>
          ))}
        </fieldset>
        <fieldset className="flex flex-col gap-3 border-t pt-4">
          <legend className="sr-only">Only some incidents</legend>
          <p className="text-xs text-muted">
            Only some incidents. What is left empty takes all; an incident has to fit every list that is not.
          </p>
          <div className="flex flex-wrap gap-1.5">
            {severitiesDown.map((severity) => (
              <Button
                key={severity}
                size="small"
                kind={chosen.includes(severity) ? 'primary' : 'plain'}
                aria-pressed={chosen.includes(severity)}
                onClick={() => toggle(severity)}
              >
                {severity}
              </Button>
            ))}
          </div>
          {(
            [
              ['entities', 'Addresses, ranges, users or hosts', '203.0.113.0/24, root or web1, one per line.'],
              ['rules', 'Rules', 'Their ids, one per line.'],
              ['tags', 'Tags', 'For example attack.t1110, one per line.'],
            ] as const
          ).map(([key, label, hint]) => (
            <TextArea
              key={key}
              rows={2}
              label={label}
              hint={hint}
              value={words[key]}
              onChange={(event) => setWords({ ...words, [key]: event.target.value })}
            />
          ))}
        </fieldset>
        <Preview type={type.name} config={config} />
      </form>
    </Drawer>
  );
}

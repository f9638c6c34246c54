import { cx } from './cx.ts';
import { fieldText } from './format.ts';
import { LogText } from './LogText.tsx';

/** Names and values of an event's fields; those without a value are left out. `limit`: characters shown of a value. */
export function FieldList(props: {
  fields: readonly (readonly [string, unknown])[];
  limit: number;
  className: string;
}) {
  return (
    <dl className={cx('grid', props.className)}>
      {props.fields.map(([name, value]) =>
        value === null || value === undefined ? null : (
          <div key={name} className="contents">
            <dt className="text-xs leading-5 text-faint">
              <LogText text={name} limit={60} />
            </dt>
            <dd className="min-w-0 leading-5">
              <LogText text={fieldText(value)} limit={props.limit} />
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}

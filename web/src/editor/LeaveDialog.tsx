import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';

/** Asked before a page with unsaved changes is left. */
export function LeaveDialog(props: {
  /** Whether this browser keeps the changes. */
  stored: boolean;
  /** Null where what was written cannot be saved as it is. */
  onSave: (() => void) | null;
  onKeep: () => void;
  onDiscard: () => void;
  onStay: () => void;
}) {
  const { stored, onSave, onKeep, onDiscard, onStay } = props;
  return (
    <Dialog
      open
      onClose={onStay}
      title="Leave with unsaved changes?"
      note={
        stored
          ? 'They are kept in this browser, and are here when the rule is opened again.'
          : 'This browser keeps nothing: what is not saved is gone when the page is left.'
      }
      footer={
        <>
          <Button kind="danger" className="sm:mr-auto" onClick={onDiscard}>
            Discard
          </Button>
          <Button onClick={onStay}>Stay</Button>
          {stored && (
            <Button kind={onSave ? 'plain' : 'primary'} onClick={onKeep}>
              Keep and leave
            </Button>
          )}
          {onSave && (
            <Button kind="primary" onClick={onSave}>
              Save and leave
            </Button>
          )}
        </>
      }
    >
      <p className="text-muted">
        {onSave
          ? 'The rule is valid: it can be saved now.'
          : 'It cannot be saved now: the rule is not complete or not valid, or saving takes another role.'}
      </p>
    </Dialog>
  );
}

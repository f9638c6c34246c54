import { setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { type Ref, useEffect, useEffectEvent, useImperativeHandle, useRef } from 'react';
import type { RuleProblem } from '../api/types.ts';
import type { Knowledge } from './completions.ts';
import { diagnosticsOf, editorExtensions } from './extensions.ts';

/** What the page may ask of the editor. */
export interface EditorHandle {
  /** Puts the cursor there and shows it. Line and column count from 1. */
  goTo: (line: number, column: number | null) => void;
}

interface CodeEditorProps {
  label: string;
  /** The text to begin with. What is typed is reported, never set from outside: another `key` makes another editor. */
  value: string;
  onChange: (value: string) => void;
  problems: readonly RuleProblem[];
  knowledge: Knowledge;
  readOnly: boolean;
  ref?: Ref<EditorHandle>;
}

/** The YAML editor: CodeMirror, loaded when a rule's text is first opened. */
export function CodeEditor({ label, value, onChange, problems, knowledge, readOnly, ref }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useEffectEvent((text: string) => onChange(text));
  const known = useRef(knowledge);
  const start = useEffectEvent(() => value);

  useEffect(() => {
    known.current = knowledge;
  }, [knowledge]);

  useEffect(() => {
    if (!host.current) return;
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: start(),
        extensions: editorExtensions({
          label,
          readOnly,
          knowledge: () => known.current,
          onChange: (text) => changed(text),
        }),
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, [label, readOnly]);

  useEffect(() => {
    const made = view.current;
    if (made) made.dispatch(setDiagnostics(made.state, diagnosticsOf(made.state.doc, problems)));
  }, [problems]);

  useImperativeHandle(ref, () => ({
    goTo: (line, column) => {
      const made = view.current;
      if (!made) return;
      const found = made.state.doc.line(Math.min(Math.max(line, 1), made.state.doc.lines));
      const at = Math.min(found.from + Math.max(0, (column ?? 1) - 1), found.to);
      made.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      made.focus();
    },
  }));

  return <div ref={host} className="h-full min-h-0 overflow-hidden" data-testid="code-editor" />;
}

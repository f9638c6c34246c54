import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  insertCompletionText,
  startCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, type Text } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { RuleProblem } from '../api/types.ts';
import { helpAt, type Knowledge, type Offer, offersAt, visible } from './completions.ts';

/** Colours are the page's own, so that dark and light follow by themselves. */
const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '0.857rem', backgroundColor: 'var(--bg)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.55' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--accent)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--rail)', color: 'var(--faint)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--raised) 55%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--mark)',
  },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-soft)', outline: '1px solid var(--accent)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--accent-soft)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--raised)', borderColor: 'var(--line)', color: 'var(--muted)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    border: '1px solid var(--line-strong)',
    borderRadius: '8px',
    boxShadow: 'var(--shadow)',
  },
  '.phosor-help': { padding: '8px 12px', maxWidth: '26rem', overflowWrap: 'anywhere', lineHeight: '1.45' },
  '.phosor-help strong': { display: 'block', fontFamily: 'var(--font-mono)', color: 'var(--accent)' },
  '.phosor-help small': { display: 'block', marginTop: '6px', color: 'var(--faint)' },
  '.phosor-help code': { display: 'block', fontFamily: 'var(--font-mono)', color: 'var(--muted)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--font-mono)',
    maxHeight: '16rem',
    borderRadius: '8px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px 3px 6px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionDetail': { color: 'var(--faint)', fontStyle: 'normal', marginLeft: '1em' },
  '.cm-completionIcon': { opacity: '1', color: 'var(--faint)', width: '1.2em' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 10px', maxWidth: '22rem', overflowWrap: 'anywhere' },
  '.cm-diagnostic': { padding: '6px 10px', borderLeftWidth: '3px', maxWidth: '36rem', overflowWrap: 'anywhere' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--sev-high)' },
  '.cm-lintRange-error': { background: 'none', borderBottom: '2px solid var(--bad)' },
  '.cm-lintRange-warning': { background: 'none', borderBottom: '2px dotted var(--sev-high)' },
  '.cm-lint-marker-error': { content: 'none', borderRadius: '50%', backgroundColor: 'var(--bad)' },
  '.cm-lint-marker-warning': { content: 'none', borderRadius: '2px', backgroundColor: 'var(--sev-high)' },
  '.cm-lint-marker': { width: '0.6em', height: '0.6em', marginTop: '0.4em' },
  '.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-textfield': { backgroundColor: 'var(--bg)', border: '1px solid var(--line)', color: 'var(--text)' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--raised)', border: '1px solid var(--line)' },
});

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.content], color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--sev-medium)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--faint)', fontStyle: 'italic' },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: 'var(--muted)' },
  { tag: tags.meta, color: 'var(--sev-low)' },
  { tag: [tags.typeName, tags.labelName], color: 'var(--sev-high)' },
]);

const icons = { key: 'property', field: 'variable', modifier: 'method', value: 'enum', name: 'class', word: 'keyword' };

function completionOf(offer: Offer, index: number): Completion {
  return {
    label: offer.label,
    type: icons[offer.kind],
    boost: Math.max(-90, -index / 10),
    ...(offer.detail && { detail: offer.detail }),
    ...(offer.note && { info: offer.note }),
    apply: (view: EditorView, _completion: Completion, from: number, to: number) => {
      const isFollowed = /^\s*:/.test(view.state.sliceDoc(to, view.state.doc.lineAt(to).to));
      const text = isFollowed ? offer.insert.replace(/:\s*(- )?$/, '') : offer.insert;
      view.dispatch(insertCompletionText(view.state, text, from, to));
      // What is put in opens the next question: the value of a key, the keys of a map.
      if (!isFollowed && /\s$/.test(text)) setTimeout(() => startCompletion(view));
    },
  };
}

function completionSource(knowledge: () => Knowledge) {
  return (context: CompletionContext): CompletionResult | null => {
    const found = offersAt(context.state.doc.toString(), context.pos, knowledge());
    if (!found || found.offers.length === 0) return null;
    const before = context.state.sliceDoc(Math.max(0, found.from - 1), found.from);
    // Nothing opens by itself before something is typed: Enter would choose from it.
    if (!context.explicit && found.from === context.pos && before !== '|') return null;
    return { from: found.from, options: found.offers.map(completionOf) };
  };
}

/** All text in it may come from logs: it is only ever put in as text. */
function helpTooltip(knowledge: () => Knowledge): Extension {
  return hoverTooltip(
    (view, position) => {
      const help = helpAt(view.state.doc.toString(), position, knowledge());
      if (!help) return null;
      return {
        pos: help.from,
        end: help.to,
        above: true,
        create: () => {
          const dom = document.createElement('div');
          dom.className = 'phosor-help';
          const line = (tag: string, text: string) => {
            const element = document.createElement(tag);
            element.textContent = text;
            dom.append(element);
          };
          line('strong', help.title);
          line('p', help.note);
          if (help.examples.length > 0) line('small', 'Seen lately');
          for (const example of help.examples.slice(0, 5)) line('code', visible(example).slice(0, 160));
          return { dom };
        },
      };
    },
    { hoverTime: 350 },
  );
}

export interface EditorOptions {
  label: string;
  readOnly: boolean;
  knowledge: () => Knowledge;
  onChange: (text: string) => void;
}

/** Everything the rule editor is made of. */
export function editorExtensions({ label, readOnly, knowledge, onChange }: EditorOptions): Extension[] {
  return [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    drawSelection(),
    history(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    yaml(),
    syntaxHighlighting(highlighting),
    autocompletion({ override: [completionSource(knowledge)], maxRenderedOptions: 200, icons: false }),
    helpTooltip(knowledge),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...lintKeymap,
      indentWithTab,
    ]),
    EditorState.tabSize.of(2),
    EditorView.lineWrapping,
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({
      'aria-label': label,
      'aria-multiline': 'true',
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
      ...(readOnly && { 'aria-readonly': 'true' }),
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
    theme,
  ];
}

/** What the compiler found, as underlined places: from the named column to the end of the word, or of the line. */
export function diagnosticsOf(doc: Text, problems: readonly RuleProblem[]): Diagnostic[] {
  return problems.flatMap((problem): Diagnostic[] => {
    if (problem.line === null) return [];
    const line = doc.line(Math.min(Math.max(problem.line, 1), doc.lines));
    let from = Math.min(line.from + Math.max(0, (problem.column ?? 1) - 1), line.to);
    const word = /^[^\s,[\]{}]+/.exec(doc.sliceString(from, line.to))?.[0].length ?? 0;
    const to = word > 0 ? from + word : line.to;
    if (from === to) from = line.from;
    return [{ from, to, severity: problem.level, message: visible(problem.message) }];
  });
}

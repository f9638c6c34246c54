import type { RuleDoc } from '../../model/index.ts';
import { LocatedError, type OtherDocument, readDocuments, refersTo, type SigmaDocument } from './rule.ts';
import { YamlRefused } from './yaml.ts';

/** Finds documents of other rules by id or name. Rules are read when something asks for a name that they hold. */
export function libraryOf(docs: readonly RuleDoc[]): (reference: string) => readonly OtherDocument[] {
  const read = new Map<RuleDoc, readonly SigmaDocument[]>();
  return (reference) =>
    docs.flatMap((doc) => {
      const text = 'yaml' in doc.config && typeof doc.config.yaml === 'string' ? doc.config.yaml : '';
      if (doc.type !== 'sigma' || !(text.includes(reference) || doc.id === reference)) return [];
      let documents = read.get(doc);
      if (documents === undefined) {
        documents = readable(text);
        read.set(doc, documents);
      }
      const found = documents.filter((document) => document.map.filter === undefined && refersTo(reference, document));
      return found.map((document): OtherDocument => ({ document, documents }));
    });
}

/** A rule that cannot be read says so itself; nothing can be found in it. */
function readable(text: string): readonly SigmaDocument[] {
  try {
    return readDocuments(text);
  } catch (error) {
    if (error instanceof YamlRefused || error instanceof LocatedError) return [];
    throw error;
  }
}

import type { SettingView } from '../api/types.ts';

export type InputKind = 'switch' | 'choice' | 'number' | 'list' | 'text';

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
}

/** Which input fits a setting's JSON Schema. */
export function inputKind(setting: SettingView): InputKind {
  const schema = (setting.schema ?? {}) as Schema;
  const types = [schema, ...(schema.anyOf ?? [])].flatMap((each) => each.type ?? []);
  if (schema.enum) return 'choice';
  if (types.includes('boolean') || typeof setting.value === 'boolean') return 'switch';
  if (types.includes('array') || Array.isArray(setting.value)) return 'list';
  if (types.includes('integer') || types.includes('number')) return 'number';
  return 'text';
}

/** A value as one line of text. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'not set';
  if (value === true) return 'on';
  if (value === false) return 'off';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function editText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.map(String).join('\n') : String(value);
}

/** @returns the value to send, or a sentence on why the text is none. */
export function readText(text: string, setting: SettingView): { value: unknown } | { problem: string } {
  const kind = inputKind(setting);
  const schema = (setting.schema ?? {}) as Schema & { minimum?: number; maximum?: number };
  if (kind === 'list') {
    const items = text
      .split(/\n/)
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return { value: schema.items?.type === 'integer' ? items.map(Number) : items };
  }
  if (kind === 'number') {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) return { problem: 'A number is needed.' };
    if (schema.minimum !== undefined && value < schema.minimum) return { problem: `At least ${schema.minimum}.` };
    if (schema.maximum !== undefined && value > schema.maximum) return { problem: `At most ${schema.maximum}.` };
    return { value };
  }
  return { value: text === '' && [schema.type].flat().includes('null') ? null : text };
}

/**
 * A value behind the `?` of an address: JSON, except for texts, which stand as they are. A text in quotes keeps them, so that
 * an address that somebody writes by hand (`?q="Failed password"`) asks for those words side by side. Quotes that only mark a
 * text as one (`"404"`, which would be a number otherwise) are taken off.
 *
 * @throws where it is a text that stands as it is, as the router expects of its parser
 */
export function searchValue(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'string' || value.startsWith('"')) return value;
  searchValue(value);
  return value;
}

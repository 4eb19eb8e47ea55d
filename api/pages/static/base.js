// Where the files of this version lie: beside this module.
const HERE = new URL(".", import.meta.url);

export async function fileOf(name) {
  const found = await fetch(new URL(name, HERE));
  if (!found.ok) throw new Error(`${name}: ${found.status}`);
  return found.json();
}

// A choice that the server must know before the page is there, kept for a year.
export function keep(name, value) {
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Strict`;
}

// A field of a record by a name from outside, which may be one that every object has, as `constructor`.
export const own = (some, name) => (Object.hasOwn(some ?? {}, name) ? some[name] : undefined);

// access_note: who changed what about whom may come in; the same key twice is one entry.
// in   key, at, actor, action, principal, name: STRING, token: STRING (or null), detail: BYTES
// out  -
MERGE (a:AccessChange {fl_key: $key})
SET a.at = $at, a.actor = $actor, a.action = $action, a.principal = $principal, a.name = $name, a.token = $token,
    a.detail = $detail

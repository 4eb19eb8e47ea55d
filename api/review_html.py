"""A review as one page: self-contained, without script or outer reference, to be printed on A4."""

from collections.abc import Sequence
from html import escape

from api.review_told import Told

# nothing is fetched or run, whatever a name holds
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """\
@page { size: A4; margin: 18mm 16mm; }
body { font: 10.5pt/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #1a1a1a; background: #fff;
       max-width: 178mm; margin: 2em auto; padding: 0 1em; overflow-wrap: anywhere; }
h1 { font-size: 15pt; line-height: 1.3; padding: .5em .7em; border-left: 4pt solid; }
h2 { font-size: 11.5pt; margin: 1.4em 0 .3em; break-after: avoid; }
ul { margin: 0; padding-left: 1.4em; }
li { break-inside: avoid; }
footer { margin-top: 2em; padding-top: .6em; border-top: .5pt solid #888; font-size: 8.5pt; }
.pass h1 { border-color: #2a7d46; }
.review h1 { border-color: #b07a00; }
.block h1 { border-color: #b3261e; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
"""


def as_html(found: Told, verdict: str, language: str) -> str:
    """The page, with the parts of the text in their order."""
    head = "\n".join(f"<p>{escape(each)}</p>" for each in found.head[1:])
    parts = "".join(_part(heading, rows) for heading, rows in found.parts)
    return f"""\
<!DOCTYPE html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(found.title)}</title>
<style>
{_STYLE}</style>
</head>
<body class="{escape(verdict)}">
<h1>{escape(found.title)}</h1>
{head}
{parts}<footer>{escape(found.evidence)}</footer>
</body>
</html>"""


def _part(heading: str, rows: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(row)}</li>\n" for row in rows)
    return f"<section>\n<h2>{escape(heading)}</h2>\n<ul>\n{items}</ul>\n</section>\n"

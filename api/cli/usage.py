"""Help and usage errors in the user's language, and lines broken by how wide their characters are."""

import re
from collections.abc import Iterable, Sequence

import click
from rich.cells import cell_len

from api.cli.door import t
from graph.errors import Message
from graph.values import shown

_UNBROKEN = re.compile(r"\s*(?:[（“]*[!-~]+|[（“]*[^\s!-~])[，。；：、）”？]*")


class Formatter(click.HelpFormatter):
    """Click's own counts characters; a Chinese one is two columns wide."""

    def write_text(self, text: str) -> None:
        """A paragraph."""
        for line in _broken(text, self.width - self.current_indent):
            self.write(f"{'':{self.current_indent}}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names on the left, what they are on the right; a long name has a line of its own."""
        rows = list(rows)
        left = min(max((len(name) for name, _ in rows), default=0), col_max) + col_spacing
        indent = " " * self.current_indent
        for name, words in rows:
            lines = _broken(words, self.width - self.current_indent - left)
            fits = len(name) <= left - col_spacing
            names = [name] if fits else [name, ""]
            for at, line in enumerate(lines if fits else ["", *lines]):
                self.write(f"{indent}{names[at] if at < len(names) else '':{left}}{line}".rstrip() + "\n")


def _broken(text: str, width: int) -> list[str]:
    """Lines of at most so many columns. A line may end after any Chinese character, but none begins with its stop."""
    lines = [""]
    for piece in _UNBROKEN.findall(text):
        if cell_len((lines[-1] + piece).rstrip()) <= max(width, 20):
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return [line.rstrip() for line in lines]


class _Context(click.Context):
    formatter_class = Formatter


class _Worded(click.Command):
    context_class = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = t("usage.help")
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=f"{t('usage.usage')} ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx))]
        default = ("[default: ", f"[{t('usage.default')} ")
        with formatter.section(t("usage.options")):
            formatter.write_dl([(name, words.replace(*default)) for name, words in records])


class Command(_Worded):
    """A command."""


class Group(_Worded, click.Group):
    """A group of commands."""

    command_class = Command
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section(t("usage.commands")):
            formatter.write_dl([(name, command.help or "") for name, command in commands.items() if command])


def message_of(error: click.ClickException) -> Message:
    """A usage error in our words."""
    match error:
        case click.BadParameter():
            return _bad_value(error)
        case click.NoSuchOption(option_name=name, possibilities=near):
            return _unknown("option", name, near)
        case click.NoSuchCommand(command_name=name, possibilities=near):
            return _unknown("command", name, near)
        case click.BadOptionUsage(option_name=name):
            return Message("usage.needs_value", {"option": str(name)})
    return Message("usage.other", {"reason": error.message.rstrip(".")})


def _bad_value(error: click.BadParameter) -> Message:
    name = _name(error.param)
    if isinstance(error, click.MissingParameter):
        return Message("usage.missing", {"name": name})
    match error.param.type if error.param else None:
        case click.Choice(choices=choices):
            return Message("usage.choice", {"name": name, "choices": ", ".join(map(str, choices))})
        case click.IntRange(min=low, max=None):
            return Message("usage.at_least", {"name": name, "least": low})
        case click.IntRange(min=low, max=high):
            return Message("usage.between", {"name": name, "least": low, "most": high})
    return Message("usage.bad_value", {"name": name, "reason": error.message})


def _unknown(kind: str, given: str, near: Sequence[str] | None) -> Message:
    if near:
        return Message(f"usage.unknown_{kind}_near", {"given": shown(given), "nearest": ", ".join(sorted(near))})
    return Message(f"usage.unknown_{kind}", {"given": shown(given)})


def _name(param: click.Parameter | None) -> str:
    if param is None:
        return ""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return (param.metavar or str(param.name)).removesuffix("...")

"""Commands for those who add sources: record, new-source, documents."""

import re
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.show import bars, say


class NotMade(ValueError):
    """A source of that name cannot be made."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(record)
    app.command("new-source")(new_source)
    app.command()(documents)


def record(
    name: Annotated[str, typer.Argument(help="a source")],
    url: Annotated[str, typer.Argument(help="an address of it")],
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="the answer, saved before; default: fetch it"),
    ] = None,
) -> None:
    """Save an answer and what is read from it into tests/sources/NAME, for a person to compare."""
    import asyncio

    from config.settings import settings
    from crawlers import recorded
    from crawlers.fetch import Library
    from crawlers.sources import source

    reader = source(name)()

    async def fetched() -> bytes:
        async with Library(settings().source_urls.get(name, "")) as library:
            return (await library.get(url, reader.headers(url))).body

    body = file.read_bytes() if file else asyncio.run(fetched())
    place = recorded.keep(name, url, body)
    say(f"{place}: {len(body)} bytes")
    count = recorded.expect(name)
    say(
        f"{place.parent / recorded.EXPECTED}: {count} records. "
        "Compare them with the page by eye, then remove the first line."
    )


def new_source(
    name: Annotated[str, typer.Argument(help="market and publisher, such as vn_congbao")],
    url: Annotated[str, typer.Argument(help="an address of it, to record a first page from")] = "",
) -> None:
    """Make a new source's file and, from URL, its first recorded page; tests fail until it is filled in."""
    from crawlers import recorded, sources

    if not re.fullmatch(r"[a-z]{2,}_[a-z][a-z0-9_]*", name):
        raise NotMade(f"{name!r}: a source is called by its market and publisher, such as vn_congbao")
    if name in sources.names():
        raise NotMade(f"{name!r} is there already: crawlers/sources/{name}.py, or feeds.toml, or pages.toml")
    path = sources.HOME / f"{name}.py"
    words = (sources.HOME / "_template.py").read_text(encoding="utf-8")
    title = "".join(part.capitalize() for part in name.split("_"))
    path.write_text(
        words.replace('name = "_template"', f'name = "{name}"').replace("class Template(", f"class {title}("),
        encoding="utf-8",
    )
    (recorded.HOME / name).mkdir(parents=True, exist_ok=True)
    say(f"{path}: fill in the form, then page and read.")
    if url:
        import asyncio

        from crawlers.fetch import Library

        async def fetched() -> bytes:
            async with Library() as library:
                return (await library.get(url)).body

        say(f"{recorded.keep(name, url, asyncio.run(fetched()))}: the first recorded page.")
    say(f"Then: tbt record {name} URL; pytest tests/crawlers/test_source_pages.py -k {name}")


def documents(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="default: all")] = None,
    limit: Annotated[int, typer.Option(min=1, help="notices to look at, of each source")] = 500,
) -> None:
    """Fetch the texts that notices link to, and take their words out."""
    from crawlers import documents as texts
    from crawlers.form import form, forms
    from pipeline.start import ready

    chosen = [form(name).name for name in names or forms()]
    ready()
    with bars() as shown:
        for name in chosen:
            shown.set(name, texts.fetch(name, limit=limit))
            shown.done(name)

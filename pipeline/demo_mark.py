"""Sample data and live data never share a data dir: a mark tells which it is."""

from pathlib import Path

MARK = "demo"


class DemoData(RuntimeError):
    """The data dir holds the demo's sample notices."""


class LiveData(RuntimeError):
    """The data dir holds live data."""


def refuse_demo(data_dir: Path) -> None:
    """Raise DemoData if the demo ran here."""
    if (data_dir / MARK).exists():
        raise DemoData(
            f"{data_dir} holds the demo's sample notices and subscribers; "
            "set TBT_DATA_DIR to another folder, or delete this one"
        )


def mark_demo(data_dir: Path, *, empty: bool) -> None:
    """Mark a data dir as the demo's. Raises LiveData if there are notices that are not."""
    mark = data_dir / MARK
    if not mark.exists():
        if not empty:
            raise LiveData(f"{data_dir} holds live data; give the demo a folder of its own with --data")
        data_dir.mkdir(parents=True, exist_ok=True)
        mark.write_text(
            "This folder was filled by `tbt demo`; delete it whole when done.\n", encoding="utf-8"
        )

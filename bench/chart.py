#!/usr/bin/env python3
"""Draws the table "Peers" of bench/README.md as docs/bench.svg: instructions of an exchange, here and in libcurl."""

import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = ("GET 1 KiB", "GET 30 headers", "POST 1 KiB", "connect, a handle each", "TLS GET 1 KiB")
WIDTH, LABEL, BAR, GAP, TOP = 760, 190, 16, 14, 52
OURS, THEIRS = "#2a6f4e", "#b9bfc6"


def table():
    """The figures of the table: here and libcurl, by row."""
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|", file.read(), re.M)
    return {name: (int(here.replace(",", "")), int(curl.replace(",", ""))) for name, here, curl in rows}


def text(x, y, words, more=""):
    """A line of text."""
    return f'<text x="{x}" y="{y}" {more}>{words}</text>'


def chart(figures):
    """The picture."""
    scale = (WIDTH - LABEL - 90) / max(curl for _, curl in figures.values())
    height = TOP + len(ROWS) * (2 * BAR + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13" fill="#24292f">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(12, 22, "Instructions of one exchange, in user space: less is better", 'font-weight="bold"'),
        text(12, 40, "httpclient", f'fill="{OURS}"') + text(90, 40, "libcurl", 'fill="#6a737d"'),
    ]
    for index, name in enumerate(ROWS):
        top = TOP + index * (2 * BAR + GAP)
        lines.append(text(LABEL - 10, top + BAR + 5, name, 'text-anchor="end"'))
        for line, (value, colour) in enumerate(zip(figures[name], (OURS, THEIRS))):
            y, width = top + line * BAR, max(value * scale, 1)
            lines.append(f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{colour}"/>')
            lines.append(text(f"{LABEL + width + 6:.1f}", y + 12, f"{value:,}", 'font-size="11"'))
    return "\n".join([*lines, "</svg>"]) + "\n"


def main():
    """Writes the picture."""
    with open(os.path.join(os.path.dirname(HERE), "docs", "bench.svg"), "w", encoding="utf-8") as file:
        file.write(chart(table()))


main()

"""Tells whose code had no answer to a failed allocation: blame.py PROGRAM <LOG

Reads what the torture test prints, passes it on but for its lines "TRACE", and then says for each crate how many
aborts of the scenarios with TLS are its. An abort is that of the first frame that is not of Rust's own libraries.
Exits with 1 if one is this library's, but for those that pass through `memory::arc`: rustls takes std's Arc, and
stable Rust has none that can fail.
"""

import collections
import re
import subprocess
import sys

OURS = "httpclient"


def frames(program, addresses):
    """Functions and files of each address, the innermost first, by addr2line."""
    tool = ["addr2line", "--addresses", "--functions", "--inlines", "--demangle", "--exe", program]
    shown = subprocess.run(tool, input="\n".join(addresses), capture_output=True, text=True, check=True)
    known = {}
    lines = iter(shown.stdout.splitlines())
    for line in lines:
        if re.fullmatch("0x[0-9a-f]+", line):
            current = known.setdefault(int(line, 16), [])
        else:
            current.append((line, next(lines)))
    return known


def crate(path):
    """The crate that a source file belongs to; None for those of Rust itself, and for C."""
    if "/rustc/" in path or "/rustlib/" in path or path.startswith("??") or "/library/" in path:
        return None
    registry = re.search(r"/([a-z0-9_-]+)-[0-9]+\.[0-9][^/]*/src/", path)
    if registry:
        return registry[1]
    return OURS if re.search(r"(^|/)src/.*\.rs:", path) else None


def culprit(stack):
    """The crate and function where the memory was asked for."""
    for function, path in stack:
        name = crate(path)
        if name is not None and "memory::arc" in function:
            return "std's Arc, for rustls", function
        if name is not None:
            return name, function
    return "unknown", stack[0][0] if stack else "?"


def main():
    traces = []
    for line in sys.stdin:
        if line.startswith("TRACE "):
            traces.append([int(word, 16) for word in line.split()[1:]])
        else:
            print(line, end="", flush=True)
    if not traces:
        return 0
    # A return address is behind its call.
    addresses = sorted({hex(address - 1) for trace in traces for address in trace})
    known = frames(sys.argv[1], addresses)
    counts = collections.Counter()
    examples = collections.defaultdict(collections.Counter)
    for trace in traces:
        stack = [frame for address in trace for frame in known.get(address - 1, [])]
        name, function = culprit(stack)
        counts[name] += 1
        examples[name][function] += 1
    print(f"{len(traces)} aborts, by who asked for the memory:")
    for name, count in counts.most_common():
        print(f"{name:32} {count:6}")
    for function, count in examples[OURS].most_common():
        print(f"FAILED  {OURS}: {function}: {count}")
    return 1 if counts[OURS] else 0


sys.exit(main())

"""What an exchange costs here, by libcurl's easy interface, and by a raw loop of send and receive.

    run.py [ROW...]        all rows, or those whose names begin so

Instructions (callgrind), allocations (valgrind) and system calls (strace) are the difference between N
exchanges and 2 N, so that nothing counts which a program does once; they are the same on a busy machine.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
CLIENTS = ("hc", "curl", "raw")

# Name, kind of job, path, exchanges. With an asterisk for that, the path tells how many chunks there are,
# and they are what is counted.
ROWS = (
    ("GET 1 KiB", "get", "/few", 200),
    ("GET 30 headers", "get", "/many", 200),
    ("GET 1 header", "get", "/fields/1", 200),
    ("GET 60 headers", "get", "/fields/60", 200),
    ("POST 1 KiB", "post", "/ok", 200),
    ("connect, one handle", "connect", "/empty", 100),
    ("connect, a handle each", "fresh", "/empty", 100),
    ("TLS GET 1 KiB", "get", "/seven", 200),
    ("chunk of 1 KiB", "get", "/chunks/1024/*", 8192),
    ("chunk of 64 KiB", "get", "/chunks/65536/*", 512),
)

# callgrind counts a `rep movsb` once a byte: longer copies are to be made in vectors instead.
VECTORS = "glibc.cpu.x86_rep_movsb_threshold=0x7fffffff:glibc.cpu.x86_rep_stosb_threshold=0x7fffffff"


def run(command, **env):
    """Runs a program; its output, and what it said beside."""
    result = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command)}: {result.stdout}{result.stderr}")
    return result.stdout, result.stderr


def number(pattern, text):
    """The number that the pattern finds."""
    found = re.search(pattern, text)
    return int(found.group(1).replace(",", "")) if found else 0


def instructions(job):
    """Instructions of a job."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *job]
    return number(r"Collected : (\d+)", run(command, GLIBC_TUNABLES=VECTORS)[1])


def allocations(job):
    """Allocations of a job."""
    return number(r"total heap usage: ([\d,]+) allocs", run(["valgrind", "--leak-check=no", *job])[1])


def calls(job):
    """System calls of a job."""
    return number(r"(?m)^100\.00 +\S+ +\S+ +(\d+)", run(["strace", "-f", "-c", *job])[1])


def difference(count, job, size):
    """What one of `size` costs."""
    return (count(job(2 * size)) - count(job(size))) / size


def build(work):
    """Builds the clients, and before them what they need."""
    library = run([os.path.join(ROOT, "tools", "library.sh"), "release"])[0].strip()
    run(["cargo", "build", "--locked", "--quiet", "--package", "testserver"])
    with open(os.path.join(library, "native-static-libs.txt"), encoding="ascii") as file:
        system = file.read().split()
    for client in CLIENTS:
        with_library = {
            "hc": [f"-I{ROOT}/include", f"{library}/libhttpclient.a", *system],
            "curl": ["-lcurl"],
        }
        source = os.path.join(HERE, client + ".c")
        options = ["-std=c11", "-O2", "-Wall", "-Wextra", source, *with_library.get(client, [])]
        run(["cc", *options, "-o", os.path.join(work, client)])


def serve(*certificate):
    """Starts a server; the server and its port."""
    command = [sys.executable, os.path.join(HERE, "server.py"), *certificate]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return server, server.stdout.readline().strip()


def costs(work, row, port, ca):
    """One row's figures: instructions, allocations and system calls of each client."""
    name, kind, path, size = row
    figures = []
    for client in CLIENTS[:2] if ca else CLIENTS:
        program = os.path.join(work, client)

        def job(count, program=program):
            times = 1 if "*" in path else count
            return [program, kind, str(times), port, path.replace("*", str(count)), *ca]

        counters = (instructions, allocations, calls)
        figures.append([difference(count, job, size) for count in counters])
    ours, theirs = figures[:2]
    cells = [f"{ours[0]:,.0f}", f"{theirs[0]:,.0f}"]
    cells.append(f"{figures[2][0]:,.0f}" if len(figures) > 2 else "")
    cells.append(f"{theirs[0] / ours[0]:.1f}")
    cells += [f"{round(a, 1):g}, {round(b, 1):g}" for a, b in zip(ours[1:], theirs[1:])]
    print("|", " | ".join([name, *cells]), "|", flush=True)


def idle(work, name, port, ca):
    """Prints what the resident set grows by with each idle connection."""
    cells = []
    for client in CLIENTS[:2] if ca else CLIENTS:
        few, many = (
            int(run([os.path.join(work, client), "idle", str(count), port, "/seven", *ca])[0]) for count in (100, 900)
        )
        cells.append(f"{max(many - few, 0) / 800:.2f}")
    print("|", " | ".join([name, *cells, *[""] * (3 - len(cells))]), "|", flush=True)


def main():
    """Prints the tables."""
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        build(work)
        run([os.path.join(TARGET, "debug", "testserver"), "certs", work])
        ca = os.path.join(work, "ca.pem")
        plain = serve()
        secure = serve(os.path.join(work, "server.pem"), os.path.join(work, "server.key"))
        print("| | here | libcurl | raw | libcurl ÷ here | allocations, libcurl's | system calls, libcurl's |")
        print("|---|---|---|---|---|---|---|")
        for row in ROWS:
            if not wanted or row[0].startswith(tuple(wanted)):
                tls = row[0].startswith("TLS")
                costs(work, row, (secure if tls else plain)[1], [ca] if tls else [])
        if not wanted or "idle" in wanted:
            print("\n| KiB of an idle connection | here | libcurl | raw |\n|---|---|---|---|")
            idle(work, "plain", plain[1], [])
            idle(work, "TLS", secure[1], [ca])
        for server, _ in (plain, secure):
            server.stdin.close()
            server.wait()


main()

"""Writes calls.inc for numbers.c: each function of httpclient.h once for each of its numbers and each value that
the number is to be tried with. generate.py HEADER >calls.inc

A function that comes into the header comes into the test by itself; one with a parameter of a type that is not
known here fails the generator, so that none is left out.
"""

import re
import sys

# What stands for a parameter that is not the number under test: an expression of numbers.c.
VALUES = {
    "const char *": '"a"', "const void *": "memory", "void *": "memory", "const char *const *": "names",
    "hc_conn *": "conn", "const hc_conn *": "conn", "hc_response *": "response",
    "const hc_response *": "response", "hc_stream *": "stream", "const hc_stream *": "stream",
    "const hc_headers *": "headers", "hc_headers *": "headers", "hc_tls_builder *": "builder",
    "const hc_tls_builder *": "builder", "const hc_tls_config *": "config", "hc_tls_config *": "config",
    "const hc_cancel_handle *": "cancel", "hc_cancel_handle *": "cancel",
    "hc_conn **": "&out.conn", "hc_response **": "&out.response", "hc_stream **": "&out.stream",
    "hc_headers **": "&out.headers", "hc_tls_builder **": "&out.builder", "hc_tls_config **": "&out.config",
    "hc_cancel_handle **": "&out.cancel", "size_t *": "&out.size", "int32_t *": "&out.int32",
    "const char **": "&out.text", "const void **": "&out.data", "char *": "memory", "hc_url *": "&url",
    "const hc_url *": "&url", "hc_error_detail *": "&detail", "hc_timings *": "&timings",
    "const hc_header *": "counted", "const hc_slice *": "slices",
    "const hc_transport *": "&transport", "const hc_request_options *": "&options", "bool": "true",
    "hc_body_fn": "give", "hc_pieces_fn": "lend", "hc_interim_fn": "NULL", "hc_trace_fn": "NULL",
    "hc_dial_fn": "NULL", "hc_resolve_fn": "NULL", "hc_release_fn": "NULL", "hc_key_log_fn": "NULL",
}
# Members that are numbers, of structs that a function takes.
STRUCTS = {
    "&url": ["url.size"], "&detail": ["detail.size"], "&timings": ["timings.size"],
    "&transport": ["transport.size"],
    "&options": ["options.size", "options.header_count", "options.method_len", "options.target_len",
                 "options.body_kind", "options.length"],
}
NUMBERS = {
    "size_t": ["0", "1", "SIZE_MAX / 2", "SIZE_MAX"],
    "uint32_t": ["0", "1", "UINT32_MAX"],
    "int32_t": ["0", "1", "-1", "INT32_MAX", "INT32_MIN"],
    "uint64_t": ["0", "1", "UINT64_MAX"],
    "int64_t": ["0", "1", "-1", "INT64_MAX", "INT64_MIN"],
}
# The length of memory of ours: a program that says more has lied, unless no memory can be so long.
LENGTHS = ["0", "1", "SIZE_MAX"]


def functions(header):
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    for result, name, parameters in re.findall(r"^([a-z][\w ]*?[ *]+)(hc_\w+)\(([^)]*)\);", text, flags=re.M | re.S):
        found = []
        for parameter in parameters.split(","):
            words = re.fullmatch(r"\s*(.*?)(\w+)\s*", parameter, flags=re.S)
            if parameter.strip() != "void":
                kind = re.sub(r"\s+", " ", words[1].replace("struct ", "")).strip()
                found.append((re.sub(r"\s*(\*+)$", r" \1", kind), words[2]))
        yield result.strip(), name, found


def is_length(parameters, place):
    """Whether a number is the length of the memory before it."""
    kind, name = parameters[place]
    return kind == "size_t" and place > 0 and parameters[place - 1][0].endswith("*") \
        and (name.endswith("len") or name == "capacity")


def calls(result, name, parameters):
    """Each call: what is set before, and its arguments."""
    usual = []
    for place, (kind, _) in enumerate(parameters):
        if is_length(parameters, place):
            usual.append("1")
        elif kind in NUMBERS:
            usual.append("1")
        elif kind in VALUES:
            usual.append(VALUES[kind])
        else:
            sys.exit(f"generate.py: {name} has a parameter of type '{kind}', for which there is no value here")
    for place, (kind, _) in enumerate(parameters):
        if kind in NUMBERS:
            for value in LENGTHS if is_length(parameters, place) else NUMBERS[kind]:
                yield "", usual[:place] + [value] + usual[place + 1:]
        for member in STRUCTS.get(usual[place], []):
            for value in ("0", "1", "-1"):
                yield f"{member} = {value}; ", usual


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        listed = list(functions(file.read()))
    if len(listed) < 100:
        sys.exit("generate.py: the header's functions were not found")
    for result, name, parameters in listed:
        for before, arguments in calls(result, name, parameters):
            call = f"{name}({', '.join(arguments)})"
            took = {"hc_error": f"code = {call}", "bool": f"(void){call}"}.get(result, f"(void){call}")
            shown = (before + call).replace("\\", "\\\\").replace('"', '\\"')
            print(f'TRY("{shown}", {before}{took})')


main()

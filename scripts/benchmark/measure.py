"""Runs every tool on every job in turn, round by round, and writes a line of JSON a run."""
import argparse, datetime, json, os, platform, re, shutil, signal, subprocess, sys

import draw
import line
import server

MIB = 1 << 20
SIZES = {
    # name: files, bytes of each, bytes of a part of an upload in parts; and in a short run
    "small": ((10_000, 10 << 10, None), (2_000, 10 << 10, None)),
    "mib": ((200, MIB, None), (50, MIB, None)),
    "medium": ((200, 10 * MIB, None), (20, 10 * MIB, None)),
    "large": ((1, 2048 * MIB, 16 * MIB), (1, 256 * MIB, 16 * MIB)),
    "plain": ((1, 2048 * MIB, None), (1, 256 * MIB, None)),
}
KEYS = (1_000_000, 100_000)
JOBS = [
    *(f"{size}-{way}{suffix}" for size in ("small", "medium", "large") for suffix in ("", "-tls", "-40ms") for way in ("up", "down")),
    *(f"{size}-{way}-40ms-100mbit" for size in ("small", "mib") for way in ("up", "down")),
    "plain-down", "small-up-again", "small-down-again",
    *(f"list-{shape}{suffix}" for shape in ("dated", "random", "numbered") for suffix in ("", "-20ms")),
]
GRAMMAR = re.compile(
    r"(?:(?P<size>small|mib|medium|large|plain)-(?P<way>up|down)(?P<again>-again)?|list-(?P<shape>dated|random|numbered))"
    r"(?P<tls>-tls)?(?:-(?P<latency>\d+)ms)?(?:-(?P<limit>\d+)rps)?(?:-(?P<mbit>\d+)mbit)?(?:-(?P<each>\d+)mbiteach)?")
TOOLS = ["ours", "s5cmd", "rclone", "aws"]


def expand(patterns):
    """The jobs that the command line names; other latencies and limits than the usual ones are jobs too."""
    chosen = []
    for pattern in patterns:
        found = [job for job in JOBS if re.fullmatch(pattern.replace("*", ".*"), job)]
        if not found and GRAMMAR.fullmatch(pattern):
            found = [pattern]
        if not found:
            sys.exit(f"bench: there is no job {pattern}; try --list")
        chosen += (job for job in found if job not in chosen)
    # One set of data after another: they do not fit into memory together.
    order = [*SIZES, None]
    return sorted(chosen, key=lambda job: order.index(GRAMMAR.fullmatch(job)["size"]))


def command(tool, programs, job, local, there):
    """What a user would type: no tool gets a flag that makes it faster."""
    ours, peers = programs
    listing, upload, again = job["shape"], job["way"] == "up", job["again"]
    remote = f"s3://bench/{there}/"
    if tool in ("ours", "before"):
        ours = ours[tool]
        if listing:
            return [f"{ours}/do_bucket_list", "--recursive", remote]
        return [f"{ours}/do_bucket_upload", local, remote] if upload else [f"{ours}/do_bucket_download", remote, local]
    if tool == "s5cmd":
        if listing:
            return [f"{peers}/s5cmd", "ls", f"{remote}*"]
        verb = "sync" if again else "cp"
        return [f"{peers}/s5cmd", verb, *((f"{local}/", remote) if upload else (f"{remote}*", f"{local}/"))]
    if tool == "rclone":
        remote = f"S3:bench/{there}/"
        if listing:
            return [f"{peers}/rclone", "lsf", "-R", "--files-only", "--format", "pst", remote]
        return [f"{peers}/rclone", "copy", *((local, remote) if upload else (remote, local))]
    if listing:
        return [f"{peers}/aws", "s3", "ls", "--recursive", remote]
    verb = ["sync"] if again else ["cp", "--recursive"]
    return [f"{peers}/aws", "s3", *verb, *((local, remote) if upload else (remote, local))]


def environment(endpoint, here):
    """Only what the tools need, so that the settings of whoever runs this lead nowhere."""
    variables = {
        "PATH": os.environ["PATH"], "HOME": here.place, "LANG": "C.UTF-8", "REGION_NAME": "us-east-1", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "benchbenchbench",
        "ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL": endpoint, "S3_ENDPOINT_URL": endpoint, "RCLONE_CONFIG": "/dev/null",
        # The first is read by ours and aws, the other by programs in Go.
        "AWS_CA_BUNDLE": here.certificate, "SSL_CERT_FILE": here.certificate,
    }
    rclone = {"TYPE": "s3", "PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": endpoint, "REGION": "us-east-1"}
    variables.update({f"RCLONE_CONFIG_S3_{name}": value for name, value in rclone.items()})
    return variables


# Peak memory counts from that of the process that starts a program, so a small one does.
LAUNCHER = """
import os, sys, time
start = time.monotonic()
silent = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, usage = os.wait4(child, 0)
print(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
"""


def measure(arguments, variables, most_seconds):
    """Wall and CPU seconds and peak MiB of one run, and what went wrong."""
    launcher = subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", LAUNCHER, *arguments], env=variables, start_new_session=True, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = launcher.communicate(timeout=most_seconds)
    except subprocess.TimeoutExpired:
        return {"over_s": most_seconds}
    finally:
        if launcher.poll() is None:
            os.killpg(launcher.pid, signal.SIGKILL)
            launcher.communicate()
    *figures, code = output.split()
    result = dict(zip(("wall_s", "cpu_s", "peak_mib"), map(float, figures)))
    if code != "0":
        result["failed"] = f"exit code {code}: {errors[:300]}"
    return result


def run(text, tool, here, programs, options):
    """One run of one tool, with what the server saw of it."""
    job = GRAMMAR.fullmatch(text)
    into = f"{here.place}/into"
    local = here.data if job["way"] == "up" or job["again"] else into
    there = f"up-{tool}" if job["way"] == "up" and not job["again"] else "data"
    shutil.rmtree(into, ignore_errors=True)
    os.makedirs(into)
    here.begin(int(job["latency"] or 0), int(job["limit"] or 0))
    arguments = command(tool, programs, job, local, there)
    url, slow = here.url(job["tls"]), None
    if job["mbit"] or job["each"]:
        address, _, port = url.rpartition(":")
        slow, port = line.start(int(port), int(job["mbit"] or 0), int(job["each"] or 0))
        url = f"{address}:{port}"
    result = measure(arguments, environment(url, here), options.most)
    if slow:
        slow.kill()
        slow.join()
    report = here.report()
    result.update(requests=report["requests"], refused=report["refused"])
    if "wall_s" in result and "failed" not in result and job["way"]:
        count, size, _ = SIZES[job["size"]][options.short]
        moved = report["received"] if job["way"] == "up" else bytes_below(into)
        if job["again"]:
            wrong = moved > count * size / 2 and "it moved files that were there"
        else:
            wrong = moved < count * size and f"it moved {moved} of {count * size} bytes"
        if wrong:
            result["failed"] = wrong
    shutil.rmtree(into)
    return {"job": text, "tool": tool, **result}


def bytes_below(directory):
    return sum(os.path.getsize(f"{path}/{name}") for path, _, names in os.walk(directory) for name in names)


def rounds(text, here, programs, options):
    """Runs of all tools in turn. One that failed, was stopped, or took ten times as long as the fastest runs no second time;
    s5cmd, which all are compared with, runs as often as ours."""
    tools = list(options.tools)
    for number in range(options.rounds):
        results = []
        # Another order each time: what runs behind a heavy one may suffer from it.
        for tool in tools[number % len(tools):] + tools[:number % len(tools)]:
            results.append(run(text, tool, here, programs, options))
            yield {"round": number, **results[-1]}
        walls = {each["tool"]: each["wall_s"] for each in results if "failed" not in each and "wall_s" in each}
        fastest = min(walls.values(), default=0)
        tools = [tool for tool in tools if tool in walls and (tool == "s5cmd" or walls[tool] <= 10 * fastest)]
        if not tools:
            return


def say(result):
    values = [f"{result['job']:24} {result['tool']:7}"]
    if "over_s" in result:
        values.append(f"stopped after {result['over_s']} s")
    else:
        values.append(f"{result['wall_s']:8.2f} s  CPU {result['cpu_s']:7.2f} s  {result['peak_mib']:5.0f} MiB")
    values.append(f"{result['requests']:8} requests" + (f", {result['refused']} refused" if result["refused"] else ""))
    values.append(result.get("failed", ""))
    print("  ".join(values).rstrip(), flush=True)


def first_line(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def about(programs, options):
    """The first line of the results: where, when and what."""
    ours, peers = programs
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
    versions = {
        "ours": first_line(f"{ours['ours']}/do_bucket_list", "--version") if "ours" in options.tools else "",
        "s5cmd": "s5cmd " + first_line(f"{peers}/s5cmd", "version"),
        "rclone": first_line(f"{peers}/rclone", "version"),
        "aws": first_line(f"{peers}/aws", "--version").split()[0],
    }
    return {
        "date": datetime.date.today().isoformat(), "machine": f"{os.cpu_count()} x {model}, {memory} GiB, Linux {platform.release()}",
        "versions": {tool: versions[tool] for tool in options.tools if tool in versions},
        "sizes": {name: both[options.short][:2] for name, both in SIZES.items()}, "keys": KEYS[options.short],
        "rounds": options.rounds, "most_s": options.most,
    }


def main():
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("jobs", nargs="*", default=["*"])
    parser.add_argument("--ours")
    parser.add_argument("--peers")
    parser.add_argument("--before")
    parser.add_argument("--results")
    parser.add_argument("--tools", default=",".join(TOOLS), type=lambda names: names.split(","))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        return print(*JOBS, sep="\n")
    options.rounds = options.rounds or (1 if options.short else 3)
    if options.before:
        options.tools.insert(1, "before")
    programs = {"ours": options.ours, "before": options.before}, options.peers
    jobs = expand(options.jobs)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with open(options.results, "w") as file, server.Server() as here:
        print(json.dumps(about(programs, options)), file=file)
        data = None
        for text in jobs:
            job = GRAMMAR.fullmatch(text)
            wanted = job["size"] or job["shape"]
            if wanted != data:
                data = wanted
                size = job["size"]
                here.start(server.files(*SIZES[size][options.short]) if size else server.keys(data, KEYS[options.short]))
            for each in rounds(text, here, programs, options):
                print(json.dumps(each), file=file, flush=True)
                say(each)
    print()
    draw.draw(options.results, os.path.dirname(options.results) or ".")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("bench: stopped; the results so far are kept")

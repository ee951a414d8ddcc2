"""Makes tables and a chart of what measure.py wrote; runs nothing again."""
import html, json, statistics, sys

HEADLINES = ["small-up", "small-down", "small-up-40ms", "small-down-40ms", "small-up-tls", "small-down-tls", "mib-up-40ms-100mbit", "mib-down-40ms-100mbit", "medium-up", "medium-down",
             "large-up", "large-down", "list-dated", "list-dated-20ms"]
NAMES = {"ours": "these programs", "before": "before", "s5cmd": "s5cmd", "rclone": "rclone", "aws": "aws s3"}
SHAPES = {"dated": "in directories by date", "random": "with random names", "numbered": "numbered in one directory"}
UNITS = {"ms": "ms", "rps": "requests a second", "mbit": "Mbit/s", "mbiteach": "Mbit/s a connection"}
COLUMNS = ["wall_s", "cpu_s", "peak_mib", "requests"]
MARKS = "<!-- the benchmark, written by scripts/bench -->", "<!-- the end of the benchmark -->"


def read(path):
    """The line about the machine, and for each job and tool the medians of its runs."""
    with open(path) as file:
        about, *lines = map(json.loads, file)
    runs = {}
    for line in lines:
        runs.setdefault(line["job"], {}).setdefault(line["tool"], []).append(line)
    return about, {job: {tool: median(each) for tool, each in tools.items()} for job, tools in runs.items()}


def median(runs):
    bad = next((run for run in runs if "failed" in run or "over_s" in run), None)
    return bad or {column: statistics.median(run[column] for run in runs) for column in COLUMNS}


def title(job, about):
    """A job in words."""
    first, *rest = job.split("-")
    if first == "list":
        words = f"list {about['keys']:,} keys {SHAPES[rest.pop(0)]}"
    else:
        count, size = about["sizes"][first]
        amount = next(f"{size >> shift:,} {unit}" for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB"), (0, "B")) if size >> shift)
        files = f"{count:,} files of {amount}" if count > 1 else f"one file of {amount}"
        words = f"{'upload' if rest.pop(0) == 'up' else 'download'} {files}"
    for word in rest:
        number = word.rstrip("abcdefghijklmnopqrstuvwxyz")
        words += {"again": ", a second run", "tls": ", TLS"}.get(word) or f", {number} {UNITS[word.removeprefix(number)]}"
    return words + (" whose ETag is one MD5" if first == "plain" else "")


def seconds(result):
    if "over_s" in result:
        return f"over {result['over_s']} s"
    if "failed" in result:
        return "failed"
    return f"{result['wall_s']:.2f} s" if result["wall_s"] < 9.95 else f"{result['wall_s']:.0f} s"


def conditions(about):
    versions = ", ".join(about["versions"].values())
    runs = "One run of each program" if about["rounds"] == 1 else f"Medians of {about['rounds']} runs"
    return (f"{about['date']}, {about['machine']}, the server on the same machine; {versions}. {runs}, in turn, with the "
            "flags that each program has by default. A program that took ten times as long as the fastest ran once; none ran longer "
            f"than {about['most_s']} s.")


def table(about, jobs):
    """Everything, one line a job and tool."""
    rows = [["job", "program", "wall", "CPU", "peak memory", "requests", "wall/s5cmd", "CPU/s5cmd"]]
    for job, tools in jobs.items():
        peer = tools.get("s5cmd", {})
        for tool, result in tools.items():
            cells = [title(job, about) if tool == next(iter(tools)) else "", NAMES[tool], seconds(result)]
            if "cpu_s" in result and "failed" not in result:
                cells += [f"{result['cpu_s']:.2f} s", f"{result['peak_mib']:.0f} MiB", f"{result['requests']:,.0f}"]
                cells += [f"{result[column] / peer[column]:.2f}" if peer.get(column) else "" for column in ("wall_s", "cpu_s")]
            rows.append(cells + [""] * (len(rows[0]) - len(cells)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, ["-" * width if index < 2 else "-" * (width - 1) + ":" for index, width in enumerate(widths)])
    return "\n".join(f"| {row[0]:<{widths[0]}} | {row[1]:<{widths[1]}} | "
                     + " | ".join(f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:])) + " |" for row in rows)


def headlines(about, jobs):
    """The jobs that say most, one line each, for README.md."""
    tools = list(about["versions"])
    rows = ["| wall time | " + " | ".join(NAMES[tool] for tool in tools) + " |", "|---|" + "--:|" * len(tools)]
    for job in filter(jobs.get, HEADLINES):
        results = jobs[job]
        fastest = min((tool for tool in results if results[tool].get("wall_s")), key=lambda tool: results[tool]["wall_s"], default=None)
        cells = [seconds(results[tool]) if tool in results else "" for tool in tools]
        cells = [f"**{cell}**" if tool == fastest else cell for tool, cell in zip(tools, cells)]
        rows.append(f"| {title(job, about)} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .back { fill: #ffffff } .ours { fill: #0a6fd1 } .peer { fill: #a9b1ba } .over { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .back { fill: #0d1117 } .ours { fill: #4aa3ff } .peer { fill: #58616b } .over { fill: #0d1117 }
  }
"""
PANEL, NAME, BAR, HEIGHT = 440, 112, 220, 18


def chart(about, jobs):
    """Bars, two jobs side by side. Each job has a scale of its own, at most to twice s5cmd or ours; longer bars have a gap."""
    tools = list(about["versions"])
    shown = [job for job in HEADLINES if job in jobs]
    panel_height = 34 + HEIGHT * len(tools)
    height = 8 + panel_height * ((len(shown) + 1) // 2)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * PANEL} {height}" role="img">',
             "<title>Wall time of these programs and others; shorter is better</title>",
             f"<style>{STYLE}</style>", f'<rect class="back" width="{2 * PANEL}" height="{height}" rx="6"/>']
    for number, job in enumerate(shown):
        x, y = 12 + number % 2 * PANEL, 24 + number // 2 * panel_height
        parts.append(f'<text class="title" x="{x}" y="{y}">{html.escape(title(job, about))}</text>')
        walls = {tool: jobs[job][tool].get("wall_s") or jobs[job][tool].get("over_s", 0) for tool in tools if tool in jobs[job]}
        most = min(max(walls.values()), 2 * max(walls.get("s5cmd", 0), walls.get("ours", 0)) or float("inf"))
        for tool, wall in walls.items():
            y += HEIGHT
            length = max(2, BAR * min(1, wall / most))
            kind = "ours" if tool == "ours" else "peer"
            parts.append(f'<text x="{x}" y="{y}">{NAMES[tool]}</text>')
            parts.append(f'<rect class="{kind}" x="{x + NAME}" y="{y - 11}" width="{length:.1f}" height="13" rx="2"/>')
            if wall > most:
                middle = x + NAME + BAR - 20
                parts.append(f'<path class="over" d="M{middle} {y + 3}l6 -15h4l-6 15z"/>')
            parts.append(f'<text x="{x + NAME + length + 6:.1f}" y="{y}">{seconds(jobs[job][tool])}</text>')
    return "\n".join([*parts, "</svg>", ""])


def draw(results, directory, readme=None):
    """Prints the table and writes it, the chart and the part of README.md."""
    about, jobs = read(results)
    full = table(about, jobs)
    print(f"{full}\n\n{conditions(about)}")
    with open(f"{directory}/results.md", "w") as file:
        file.write(f"# The programs beside others\n\n{conditions(about)}\n\n{full}\n")
    with open(f"{directory}/results.svg", "w") as file:
        file.write(chart(about, jobs))
    if readme:
        with open(readme) as file:
            before, rest = file.read().split(MARKS[0])
            after = rest.split(MARKS[1])[1]
        text = f"{before}{MARKS[0]}\n{headlines(about, jobs)}\n{MARKS[1]}{after}"
        with open(readme, "w") as file:
            file.write(text)


if __name__ == "__main__":
    draw(*sys.argv[1:])

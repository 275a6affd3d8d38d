"""What the subjects measure with: sessions, interleaved repetitions, pgbench, results."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Session:
    """A psql that stays connected: one backend."""

    MARK = "--end of answer--"

    def __init__(self, command):
        self.process = subprocess.Popen(
            command + ["-At"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def run(self, sql):
        """Executes the statements and returns what they print, as one string."""
        self.process.stdin.write(f"{sql}\n;\n\\echo {self.MARK}\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == self.MARK:
                return "\n".join(lines)
            lines.append(line)
        self.process.wait()
        sys.exit(f"psql ended; the statement was:\n{sql}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Case:
    """One line of a table: a label and what does the work; work() returns its answer.

    per: how many times the work does what the line is about. seconds: where the answer of work() is
    the time itself, in seconds (of all `per` together).
    """

    def __init__(self, label, work, ours=False, per=1, repetitions=None, timed=False):
        self.label = label
        self.work = work
        self.ours = ours
        self.per = per
        self.repetitions = repetitions
        self.timed = timed
        self.runs = []
        self.answer = None


class Bench:
    def __init__(self, bindir, socket, port, quick):
        self.bindir = Path(bindir)
        self.socket = socket
        self.port = port
        self.quick = quick
        self.subjects = []

    def scaled(self, count):
        return count // 10 if self.quick else count

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    # Connections

    def client(self, program, database, user="postgres", *arguments):
        return [
            str(self.bindir / program), "-h", self.socket, "-p", self.port, "-U", user, *arguments, "-d", database,
        ]  # fmt: skip

    def psql(self, database, user="postgres", variables=None):
        command = self.client("psql", database, user, "-X", "-q", "-v", "ON_ERROR_STOP=1")
        for name, value in (variables or {}).items():
            command += ["-v", f"{name}={value}"]
        return command

    def session(self, database, user="postgres", setup=None):
        session = Session(self.psql(database, user))
        session.run("SET client_min_messages = warning")
        if setup:
            session.run(setup)
        return session

    def execute(self, database, sql):
        with self.session(database) as session:
            return session.run(sql)

    def script(self, database, name, **variables):
        """Runs a file of this directory."""
        command = self.psql(database, variables=variables) + ["-o", os.devnull, "-f", str(HERE / name)]
        subprocess.run(command, check=True, env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning"})

    def database(self, name, extension=True):
        """A new database, with the extension."""
        self.execute("postgres", f"CREATE DATABASE {name}")
        if extension:
            self.execute(name, "CREATE EXTENSION pg_crm CASCADE")

    def drop(self, name):
        self.execute("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    def pgbench(self, database, user, script, transactions, prepared=True):
        """Seconds for that many executions of the script by one client, connecting excluded."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
            file.write(script)
            file.flush()
            command = self.client("pgbench", database, user, "-n", "-M", "prepared" if prepared else "simple")
            # pgbench's -d is for debugging: the database is its plain argument.
            command.remove("-d")
            command[-1:] = ["-f", file.name, "-t", str(transactions), "--random-seed", "1", database]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        if done.returncode != 0 or rate is None:
            sys.exit(f"pgbench failed:\n{done.stdout}{done.stderr}")
        return transactions / float(rate.group(1))

    # Results

    def subject(self, key, title, text):
        self.subjects.append({"key": key, "title": title, "text": text, "tables": []})

    def note(self, text):
        """A sentence below the last table."""
        self.subjects[-1]["tables"][-1]["notes"].append(text)

    def compare(self, key, title, what, cases, repetitions=5, same_answers=False):
        """Runs all cases in turn, so many times over, after one round that does not count.

        what: what one time is the time of.
        """
        self.say(f"  {title}")
        for round_ in range(repetitions + 1):
            for case in cases:
                if round_ > (case.repetitions or repetitions):
                    continue
                started = time.perf_counter()
                answer = case.work()
                elapsed = time.perf_counter() - started
                if case.timed:
                    elapsed, answer = answer, None
                case.answer = answer
                if round_ > 0:
                    case.runs.append(elapsed / case.per)
        if same_answers and len({case.answer for case in cases}) != 1:
            sys.exit("the answers differ: " + "; ".join(f"{c.label}: {c.answer}" for c in cases))
        self.table(key, title, what, cases)

    def table(self, key, title, what, cases):
        rows = [{"label": c.label, "ours": c.ours, "runs": c.runs} for c in cases]
        self.subjects[-1]["tables"].append({"key": key, "title": title, "what": what, "rows": rows, "notes": []})

    def facts(self, key, title, columns, rows):
        """A table of words and numbers that are no times."""
        self.subjects[-1]["tables"].append(
            {"key": key, "title": title, "columns": columns, "facts": rows, "notes": []}
        )

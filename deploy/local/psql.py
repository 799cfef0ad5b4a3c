"""One session of psql for many short questions, of which each would otherwise be a process."""

import subprocess


class Session:
    """Of the server that the environment names."""

    def __enter__(self):
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def query(self, statement):
        """The row that the statement returns, columns joined by `|`; nothing of one that returns none."""
        self.process.stdin.write(f"{statement};\n\\echo answered\n")
        self.process.stdin.flush()
        rows = []
        for line in self.process.stdout:
            if line == "answered\n":
                return "\n".join(rows)
            rows.append(line.rstrip("\n"))
        raise RuntimeError(f"psql has ended at: {statement}")

"""`fireside models list`: what is on disk."""

import json
import sys

from app.cli.models_arguments import ListArguments
from app.core.errors import ModelFileError
from app.core.paths import user_paths
from app.library.gguf import read


def run_list(arguments: ListArguments) -> int:
    """Print the models; returns the exit code."""
    rows = []
    for path in sorted(user_paths().models.glob("**/*.gguf")):
        try:
            model = read(path)
        except ModelFileError as error:
            rows.append({"path": str(path), "name": path.name, "problem": error.message})
        else:
            rows.append({"path": str(path), "name": model.name, "problem": ""})
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            print(f"{row['name']}  {row['problem'] or row['path']}")
    sys.stdout.flush()
    return 0

"""Where the installed program begins. Processes it starts begin here too, and are told apart before anything else."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from app.__main__ import main

    sys.exit(main())

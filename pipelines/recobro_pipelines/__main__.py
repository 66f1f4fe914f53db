"""`python -m recobro_pipelines` is `recobro`."""

from recobro_pipelines.cli import main

main()

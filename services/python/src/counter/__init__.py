"""The counter in Python: the stores, the FastAPI server and the Lambda handlers.

The bytes of every response are the same in every language (`responses`). This file must import
nothing: a function's cold start pays for each module.
"""

__version__ = "0.1.0"

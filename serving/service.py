"""The BentoML service: one bank's API, with health, metrics and documentation beside it.

`NEXTBEST_BANK` names the bank's folder, `NEXTBEST_WORKERS` how many processes answer.
"""

import logging
import os
from functools import partial
from pathlib import Path

import bentoml

from features.layout import load_layout
from features.spec import read_spec
from serving.api import build_api
from serving.api_page import api_page
from serving.online import open_desk
from serving.policy.file import load_policy

# What one platform holds against another is not for those who watch the service's log, and Feast, as it is
# imported, lets deprecations through again that the environment had silenced.
logging.captureWarnings(capture=True)
logging.getLogger("py.warnings").setLevel(logging.ERROR)

SPEC = read_spec(Path(os.environ["NEXTBEST_BANK"]))
API = build_api(load_layout(SPEC).customer_id_type, load_policy(SPEC), partial(open_desk, SPEC))
# BentoML's own page loads scripts from another host; of its files only Swagger UI's are served.
API.add_api_route("/", partial(api_page, "static_content"), include_in_schema=False)


@bentoml.service(name="nextbest", workers=int(os.environ.get("NEXTBEST_WORKERS", "1")))
@bentoml.asgi_app(API)
class Nextbest:
    """Models, policy and online store are opened by the API as a worker starts."""

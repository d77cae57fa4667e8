"""The page at /: the API's documentation, to read and to try out, with nothing fetched from elsewhere."""

from base64 import b64encode
from hashlib import sha256
from typing import Final

from starlette.responses import HTMLResponse

# Swagger UI would ask a public validator about the document, unless told not to.
_START: Final = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#api", validatorUrl: null});'
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Nextbest</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script>{start}</script>
</body>
</html>
"""


def api_page(assets: str) -> HTMLResponse:
    """Swagger UI over `openapi.json`, its files taken from the relative path `assets`.

    The content security policy lets the browser ask nobody but this server, and run no other script.
    """
    digest = b64encode(sha256(_START.encode()).digest()).decode()
    policy = (
        f"default-src 'self'; script-src 'self' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; frame-ancestors 'none'"
    )
    page = _PAGE.format(assets=assets, start=_START)
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})

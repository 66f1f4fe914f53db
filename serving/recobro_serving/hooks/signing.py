"""Signs a webhook so that its receiver knows who sent it and when.

Source: Standard Webhooks, "Webhook signatures".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signed_headers(event_id: str, timestamp: int, body: bytes, *, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of a delivery; one signature for each secret, the newest first.

    >>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    >>> body = b'{"test": 2432232314}'
    >>> signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, secrets=[secret])["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    content = b".".join((event_id.encode(), str(timestamp).encode(), body))
    signatures = (hmac.new(_key(secret), content, hashlib.sha256).digest() for secret in secrets)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))

"""The settings that `make setup` gives to the server."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from traitlets.config import PyFileConfigLoader

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_the_server_sends_each_message_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = PyFileConfigLoader("jupyter_server_config.py", path=str(NOTEBOOKS)).load_config()
    connection = settings.ServerApp.kernel_websocket_connection_class
    told: list[bool] = []
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: "connected")
    monkeypatch.setattr(connection, "websocket_handler", SimpleNamespace(set_nodelay=told.append))
    assert connection().connect() == "connected"
    assert told == [True]

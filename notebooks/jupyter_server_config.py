# Copied to .venv/etc/jupyter by `make setup`: an answer of the kernel goes out at once. The server's sockets would hold
# back each message until the browser has acknowledged the one before (Nagle's algorithm), some 40 ms under a slider.
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The connection of a browser to its kernel, without waiting."""

    def connect(self):  # noqa: ANN201 - the server's own type is not in its interface
        """Connect, with a socket that sends what it has."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


c.ServerApp.kernel_websocket_connection_class = PromptConnection  # noqa: F821 - the server's own name for what it reads

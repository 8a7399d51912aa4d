"""A gRPC server of the bench, from its port to its end."""

import asyncio

import grpc

from ..worker import at_end_of_input, say


async def serve(server: grpc.aio.Server) -> None:
    """Serve on a free port, which the bench is told, until the bench ends this process's input."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    at_end_of_input(lambda: loop.call_soon_threadsafe(ended.set))
    say(port=port)
    await ended.wait()
    await server.stop(0)

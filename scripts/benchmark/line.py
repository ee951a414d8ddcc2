"""A line between a client and the server: so many bits a second each way, shared by all connections, and at most so many for each."""
import asyncio, multiprocessing, socket

CHUNK = 16 << 10
# About what a line of 100 Mbit/s and 40 ms has under way; the usual buffers of this machine would hide a slow line.
BUFFER = 256 << 10


class Way:
    """One direction; chunks wait for those before them, like packets in a router."""

    def __init__(self, bytes_per_s):
        self.bytes_per_s = bytes_per_s
        self.free_s = 0

    async def carry(self, size):
        if self.bytes_per_s:
            now = asyncio.get_running_loop().time()
            self.free_s = max(self.free_s, now) + size / self.bytes_per_s
            # A timer is about a millisecond late; what that lets through too early is made up for by the next chunk.
            if self.free_s > now + 0.001:
                await asyncio.sleep(self.free_s - now)


async def copy(reader, writer, ways):
    try:
        while data := await reader.read(CHUNK):
            for way in ways:
                await way.carry(len(data))
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def serve(listener, target, whole, each):
    there, back = Way(whole), Way(whole)
    # The loop itself holds no task.
    tasks = set()

    async def carry(reader, writer):
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", target, limit=CHUNK)
        await asyncio.gather(copy(reader, up_writer, [Way(each), there]), copy(up_reader, writer, [Way(each), back]))
        writer.close()
        up_writer.close()

    def connected(reader, writer):
        task = asyncio.create_task(carry(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, sock=listener, limit=CHUNK, backlog=4096)
    await server.serve_forever()


def start(target, mbit, mbit_each):
    """Carries connections to the port `target` in a process of its own; that process and the port of the near end."""
    listener = socket.socket()
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        listener.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    process = multiprocessing.Process(target=lambda: asyncio.run(serve(listener, target, mbit * 125_000, mbit_each * 125_000)), daemon=True)
    process.start()
    return process, listener.getsockname()[1]

"""The server of the benchmark: nginx with s3.lua, on free ports of 127.0.0.1, with files in memory if there is room."""
import hashlib, json, multiprocessing, os, random, shutil, socket, subprocess, tempfile, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20
# All files are this old: whole seconds, and older than anything that was copied from them.
MODIFIED = 1_750_000_000
LINE = ("<Contents><Key>{}</Key><LastModified>2025-06-15T15:06:40.000Z</LastModified><ETag>&quot;{}&quot;</ETag>"
        "<Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>\n")

CONFIGURATION = """
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off; {user} pid pid; error_log errors.log warn; worker_processes 2; worker_rlimit_nofile 65536;
events {{ worker_connections 8192; multi_accept on; }}
http {{
  access_log off; default_type application/octet-stream; etag off; merge_slashes off; log_not_found off;
  sendfile on; sendfile_max_chunk 4m; tcp_nodelay on; keepalive_timeout 300s; keepalive_requests 1000000000;
  client_max_body_size 0; client_body_buffer_size 64m; large_client_header_buffers 8 16k;
  client_body_temp_path scratch; proxy_temp_path scratch; fastcgi_temp_path scratch; uwsgi_temp_path scratch; scgi_temp_path scratch;
  lua_package_path "/usr/share/lua/5.1/?.lua;;";
  lua_shared_dict settings 64k; lua_shared_dict counts 1m; lua_shared_dict uploaded 64m;
  init_by_lua_block {{ S3 = dofile("{here}/s3.lua"); S3.load("index", {index_bytes}) }}
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    listen 127.0.0.1:{tls_port} ssl reuseport backlog=4096;
    ssl_certificate certificate.pem; ssl_certificate_key key.pem; ssl_session_cache shared:tls:4m;
    root files;
    access_by_lua_block {{ S3.arrive() }}
    log_by_lua_block {{ S3.count() }}
    location /-/ {{
      access_by_lua_block {{ }}
      log_by_lua_block {{ }}
      location /-/begin {{ content_by_lua_block {{ S3.begin() }} }}
      location /-/report {{ content_by_lua_block {{ S3.report() }} }}
    }}
    location = /bench {{ content_by_lua_block {{ S3.bucket() }} }}
    location = /bench/ {{ content_by_lua_block {{ S3.bucket() }} }}
    location / {{
      if ($request_method !~ "^(GET|HEAD)$") {{ return 418; }}
      error_page 418 = @object;
      error_page 301 403 404 405 = @missing;
      header_filter_by_lua_block {{ S3.headers() }}
    }}
    location @object {{ content_by_lua_block {{ S3.object() }} }}
    location @missing {{ content_by_lua_block {{ S3.missing() }} }}
  }}
}}
"""


class Server:
    """Runs with one set of data at a time; everything is gone when it is left."""

    def __init__(self):
        free = shutil.disk_usage("/dev/shm").free if os.access("/dev/shm", os.W_OK) else 0
        self.place = tempfile.mkdtemp(prefix="bench-", dir="/dev/shm" if free > 6 << 30 else None)
        self.port, self.tls_port = free_ports(2)
        self.process = None
        self.data = f"{self.place}/files/bench/data"
        subprocess.run(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=bench -addext subjectAltName=IP:127.0.0.1"
            " -keyout key.pem -out certificate.pem", shell=True, cwd=self.place, check=True, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.place)

    @property
    def certificate(self):
        return f"{self.place}/certificate.pem"

    def url(self, tls):
        return f"https://127.0.0.1:{self.tls_port}" if tls else f"http://127.0.0.1:{self.port}"

    def start(self, make):
        """Serves what `make` puts into the directory of data; it yields key, ETag and size in any order."""
        self.stop()
        shutil.rmtree(f"{self.place}/files", ignore_errors=True)
        os.makedirs(self.data)
        os.makedirs(f"{self.place}/scratch", exist_ok=True)
        # In a process of its own: the peak memory of a program counts from that of the process that starts it.
        maker = multiprocessing.Process(target=self.fill, args=(make,))
        maker.start()
        maker.join()
        self.configure()
        self.process = subprocess.Popen(["nginx", "-p", self.place, "-c", "nginx.conf", "-e", "errors.log"], cwd=self.place)
        for _ in range(400):
            if self.process.poll() is not None:
                break
            try:
                return self.begin()
            except OSError:
                time.sleep(0.05)
        with open(f"{self.place}/errors.log") as errors:
            raise SystemExit(f"bench: nginx does not start: {errors.read()}")

    def fill(self, make):
        with open(f"{self.place}/index", "w") as index:
            index.writelines(LINE.format(f"data/{key}", etag, size) for key, etag, size in sorted(make(self.data)))

    def configure(self):
        with open(f"{self.place}/nginx.conf", "w") as file:
            file.write(CONFIGURATION.format(
                user="user root;" if os.geteuid() == 0 else "", here=HERE, index_bytes=os.path.getsize(f"{self.place}/index"),
                port=self.port, tls_port=self.tls_port))

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def begin(self, latency_ms=0, limit=0):
        """What the next run meets: a delay of each response, and the most requests a second. Counts begin anew."""
        self.control(f"begin?latency={latency_ms / 1000}&limit={limit}")

    def report(self):
        """Requests, bytes of requests, and refused requests since `begin`."""
        return json.loads(self.control("report"))

    def control(self, request):
        with urllib.request.urlopen(f"{self.url(tls=False)}/-/{request}", timeout=10) as response:
            return response.read()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def files(count, size, part_size=None):
    """Random files, 1,000 a directory. With a part size their ETags are those of uploads in parts."""
    def make(directory):
        dice = random.Random(1)
        block = dice.randbytes(min(size, MIB))
        for number in range(count):
            key = f"{number // 1000:04}/{number:07}.bin"
            path = f"{directory}/{key}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            sums = []
            with open(path, "wb") as file:
                for start in range(0, size, part_size or size):
                    digest = hashlib.md5()
                    finish = min(start + (part_size or size), size)
                    for position in range(start, finish, MIB):
                        chunk = dice.randbytes(16) + block[16:finish - position]
                        digest.update(chunk)
                        file.write(chunk)
                    sums.append(digest)
            os.utime(path, (MODIFIED, MODIFIED))
            etag = sums[0].hexdigest()
            if part_size:
                etag = f"{hashlib.md5(b''.join(each.digest() for each in sums)).hexdigest()}-{len(sums)}"
            yield key, etag, size
    return make


def keys(shape, count):
    """Keys without files: `dated` directories, `random` names without directories, or `numbered` ones in one long path."""
    def make(_):
        dice = random.Random(2)
        for number in range(count):
            md5 = f"{dice.getrandbits(128):032x}"
            key = {
                "dated": f"{2000 + number // 50_000:04}/{number // 4000 % 12 + 1:02}/{number // 150 % 28 + 1:02}/event-{number:08}.json",
                "random": md5[::-1],
                "numbered": f"backups/photos/originals/camera-a/IMG_{number:09}.jpg",
            }[shape]
            yield key, md5, dice.randrange(1 << 20)
    return make

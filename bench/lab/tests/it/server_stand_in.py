"""A counter of a few lines in place of a way's server. Usage: server_stand_in.py MODE FOLDER.

MODE: `plain`; `fails` answers every third call with 503 once it is warm; `closes` ends each connection; `dies` ends itself
at the first load; `hangs` answers nothing until the file FOLDER/answer is there, and makes FOLDER/hanging when it is called;
`dies later` and `hangs later` do so from the second measurement on: a process that finds the file FOLDER/loaded, which one
makes that was loaded.
"""
import os
import socket
import sys
import threading
import time

MODE, FOLDER = sys.argv[1], sys.argv[2]
LOADED = os.path.join(FOLDER, "loaded")
if MODE.endswith(" later"):
    MODE = MODE.removesuffix(" later") if os.path.exists(LOADED) else "first"
lock, count, calls = threading.Lock(), 0, 0


def response(status, text, more=""):
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n{more}\r\n"
    return (head + text).encode()


def serve(peer):
    global count, calls
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    left = b""
    while True:
        while b"\r\n\r\n" not in left:
            got = peer.recv(65536)
            if not got:
                return peer.close()
            left += got
        head, left = left.split(b"\r\n\r\n", 1)
        if head.startswith(b"GET /healthz "):
            peer.sendall(response("200 OK", "pass"))
            continue
        with lock:
            calls += 1
            # The first calls are those of a cold start and of a reading of the counter.
            failing = MODE == "fails" and calls % 3 == 2 and calls > 12
            dying = MODE == "dies" and calls > 2
            count += not failing
            number = count
        # More calls than those of a cold start and of a reading of the counter.
        if MODE == "first" and calls == 100:
            open(LOADED, "w").close()
        if dying:
            os._exit(1)
        while MODE == "hangs" and not os.path.exists(os.path.join(FOLDER, "answer")):
            open(os.path.join(FOLDER, "hanging"), "w").close()
            time.sleep(0.02)
        if failing:
            peer.sendall(response("503 Service Unavailable", "busy"))
        elif MODE == "closes":
            peer.sendall(response("200 OK", str(number), "Connection: close\r\n"))
            return peer.close()
        else:
            peer.sendall(response("200 OK", str(number)))


listener = socket.create_server(("127.0.0.1", 0), backlog=512)
print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()

"""Plays the memory, io and pids controllers for the services of demo-machine.sh where the kernel has given them to
version 1 of control groups: `demo-controllers.py REAL SHOWN`. CPU time and pressure are the kernel's, the rest is summed
over the processes of each group."""

import os
import sys
import time

real, shown = sys.argv[1:]
device = os.stat("/").st_dev
limits = {"cache.service": 320 << 20, "worker.service": 512 << 20}
moved = {}


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def write(group, name, text):
    file = os.open(f"{shown}/{group}/{name}", os.O_CREAT | os.O_WRONLY)
    os.pwrite(file, text.encode(), 0)
    os.ftruncate(file, len(text))
    os.close(file)


def play(group):
    os.makedirs(f"{shown}/{group}", exist_ok=True)
    for name in ("cpu.stat", "cpu.pressure", "memory.pressure", "io.pressure"):
        write(group, name, read(f"{real}/{group}/{name}"))
    pids = read(f"{real}/{group}/cgroup.procs").split()
    resident = 0
    ios = moved.setdefault(group, {})
    for pid in pids:
        pages = read(f"/proc/{pid}/statm").split()
        resident += (int(pages[1]) - int(pages[2])) * 4096 if pages else 0
        lines = dict(line.split(": ") for line in read(f"/proc/{pid}/io").splitlines())
        if lines:
            ios[pid] = (int(lines["read_bytes"]), int(lines["write_bytes"]))
    reads, writes = (sum(one[place] for one in ios.values()) for place in (0, 1))
    write(group, "memory.current", f"{resident}\n")
    write(group, "memory.max", f"{limits.get(group, 'max')}\n")
    write(group, "memory.stat", f"anon {resident}\nfile 0\nkernel 0\nshmem 0\ninactive_file 0\n")
    write(group, "memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n")
    write(group, "pids.current", f"{len(pids)}\n")
    major, minor = os.major(device), os.minor(device)
    write(group, "io.stat", f"{major}:{minor} rbytes={reads} wbytes={writes} rios={reads >> 14} wios={writes >> 16}\n")


while True:
    for entry in os.scandir(real):
        if entry.is_dir():
            play(entry.name)
    time.sleep(0.5)

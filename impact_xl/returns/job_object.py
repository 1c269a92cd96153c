"""Windows' bounds for a reader: a job object limits its memory, and ends it when the program that started it is gone.

Linux and macOS have a limit that the reader sets itself. Windows has none of that kind.
"""

from __future__ import annotations

import ctypes
import subprocess
from typing import Any

# JOBOBJECT_EXTENDED_LIMIT_INFORMATION and its flags: winnt.h.
_EXTENDED_LIMITS = 9
_PROCESS_MEMORY, _DIE_ON_EXCEPTION, _END_WITH_JOB = 0x100, 0x400, 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _Limits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class Job:
    """The job of one reader. It lasts until it is closed, or until this program ends, however that ends."""

    def __init__(self, child: subprocess.Popen[bytes], memory: int) -> None:
        """Put a reader into a job of its own.

        Args:
            child: the reader, which has just been started.
            memory: how many bytes it may use.

        Raises:
            OSError: this system has no jobs, or refuses this one; the reader goes on without.
        """
        if not hasattr(ctypes, "WinDLL"):
            raise OSError("this system has no job objects")
        windows: Any = ctypes
        self._kernel = windows.WinDLL("kernel32", use_last_error=True)
        self._kernel.CreateJobObjectW.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._kernel.CreateJobObjectW(None, None))
        limits = _Limits(ProcessMemoryLimit=memory)
        limits.BasicLimitInformation.LimitFlags = _PROCESS_MEMORY | _DIE_ON_EXCEPTION | _END_WITH_JOB
        process = ctypes.c_void_p(int(getattr(child, "_handle")))  # noqa: B009  mypy on Linux knows of no handle
        if not (
            self._handle
            and self._kernel.SetInformationJobObject(
                self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
            )
            and self._kernel.AssignProcessToJobObject(self._handle, process)
        ):
            number = windows.get_last_error()
            self.close()
            raise OSError(number, "Windows refuses a job for the reader")

    def close(self) -> None:
        """End the job, and with it the reader if it still runs."""
        self._kernel.CloseHandle(self._handle)

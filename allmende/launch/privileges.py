# SPDX-License-Identifier: EUPL-1.2
"""Which user a server runs as when the platform is root, and how a child process becomes that user."""

import ctypes
import grp
import os
import pwd
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 4
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The unprivileged user that a server runs as."""

    name: str
    uid: int
    gids: tuple[int, ...]


def server_account() -> Account | None:
    """`postgres` where there is one, else `nobody`; None where the platform is an ordinary user itself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        others = (group.gr_gid for group in grp.getgrall() if name in group.gr_mem and group.gr_gid != user.pw_gid)
        return Account(name=name, uid=user.pw_uid, gids=(user.pw_gid, *others))
    return Account(name="65534", uid=65534, gids=(65534,))


def owner_of(path: Path) -> Account | None:
    """The user whose data these are, as root has to run the server of whoever ran it before; None where that is moot."""
    if os.geteuid() != 0 or not path.exists() or path.stat().st_uid == 0:
        return None
    status = path.stat()
    return Account(name=name_of(status.st_uid), uid=status.st_uid, gids=(status.st_gid,))


def name_of(uid: int) -> str:
    """The name of a user, or the number of one without."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def may_use(path: Path, account: Account, mode: int) -> bool:
    """Whether the permission bits of `path` give the account all of `mode` (4 read, 2 write, 1 enter or execute)."""
    status = path.stat()
    if status.st_uid == account.uid:
        given = status.st_mode >> 6
    elif status.st_gid in account.gids:
        given = status.st_mode >> 3
    else:
        given = status.st_mode
    return given & mode == mode


def closed_parent(path: Path, account: Account | None) -> Path | None:
    """Name the first folder on the way to `path` that the account cannot enter."""
    if account is None:
        return None
    return next((folder for folder in reversed(path.resolve().parents) if not may_use(folder, account, 1)), None)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def becoming(account: Account | None, *, reads_everywhere: bool, on_parent_death: signal.Signals) -> Callable[[], None]:
    """Make a `preexec_fn`: the child becomes the account, may read everywhere if need be, and ends with its parent.

    The kernel means the parent *thread*: start such children from the main thread. Nothing is allocated or imported in
    the child.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    header = _Header(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_READ_SEARCH
    sets = (_Sets * 2)(_Sets(bit, bit, bit), _Sets(0, 0, 0))
    parent = os.getpid()

    def check(result: int) -> None:
        if result != 0:
            raise OSError(ctypes.get_errno(), "the capability is not to be had")

    def become() -> None:
        if account is not None:
            if reads_everywhere:
                # Else access(2), by which PostgreSQL looks for its own programs, goes without the capability.
                check(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
            os.setgroups(account.gids[1:])
            os.setresgid(account.gids[0], account.gids[0], account.gids[0])
            os.setresuid(account.uid, account.uid, account.uid)
        if account is not None and reads_everywhere:
            check(libc.capset(ctypes.byref(header), sets))
            check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0))
        os.umask(0o077)
        check(libc.prctl(PR_SET_PDEATHSIG, int(on_parent_death), 0, 0, 0))
        if os.getppid() != parent:
            os._exit(1)

    return become

"""The contract suite of the lab: one function for each case, the same for every kind of device."""

from __future__ import annotations

import grp
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyudev

from image.lab.guest.benches import Bench
from image.lab.guest.gadget import until
from image.lab.guest.operator import DEADLINE_S, Operator
from image.lab.plan import LabError, MissedError

GROUP = "checklane"
# The first cycles settle what is loaded late; from then on nothing may grow.
_WARM = 3

AnyBench = Bench[Any]


@dataclass(frozen=True, slots=True)
class Options:
    """How often a device is plugged, and how often it may miss something and be used again."""

    cycles: int
    tries: int


class Trial:
    """One device on the bench, with a station for its driver and a rival station that wants it too."""

    def __init__(self, bench: AnyBench, operator: Operator, rival: Operator, options: Options) -> None:
        self.bench = bench
        self.operator = operator
        self.rival = rival
        self.options = options
        self.started = False
        self.at_rest: dict[str, int] = {}

    @property
    def device(self) -> str:
        """The alias of the device."""
        return self.bench.kind

    def start(self) -> None:
        """Start its driver."""
        self.operator.forget()
        self.operator.start(self.device, self.bench.settings)
        self.started = True

    def stop(self) -> None:
        """Stop its driver, whatever state it is in."""
        if self.started:
            self.operator.stop(self.device)
            self.started = False

    def afresh(self) -> None:
        """After a case that failed: everything out, and from the beginning."""
        self.stop()
        self.bench.unplug()

    def ready(self) -> None:
        """See that it is plugged in and its driver READY."""
        if not (self.started and self.bench.plugged):
            self.afresh()
            self.bench.plug()
            self.start()
            self.operator.expect_lifecycle(self.device, "ready")

    def use(self) -> None:
        """Do once what it is for. What its driver says it missed is tried again; a wrong outcome never is."""
        for number in range(self.options.tries):
            try:
                self.bench.use(self.operator)
            except MissedError:
                if number == self.options.tries - 1:
                    raise
                self.operator.recover(self.device)
            else:
                return

    def pull(self) -> None:
        """Pull it out and see that its driver misses it."""
        self.bench.unplug()
        self.operator.expect_lifecycle(self.device, "lost")

    def plug(self) -> None:
        """Plug it in and see that its driver finds it."""
        self.bench.plug()
        self.operator.expect_lifecycle(self.device, "ready")


def denied(trial: Trial) -> None:
    """Without the udev rules, the driver fails with words that name them."""
    trial.bench.plug()
    trial.start()
    told = trial.operator.expect_lifecycle(trial.device, "failed", "ready", "lost")
    _demand(told["lifecycle"] == "failed", f"not refused: {told}")
    condition = told["conditions"][0]
    _demand("permission" in condition["message"].lower(), f"does not say why: {condition['message']}")
    _demand("udev rules" in condition["remedy"], f"names no rules: {condition['remedy']}")
    trial.afresh()


def absent(trial: Trial) -> None:
    """What is not there is LOST, not FAILED: plugging it in is enough."""
    trial.at_rest = trial.operator.count()
    trial.start()
    told = trial.operator.expect_lifecycle(trial.device, "lost", "failed", "ready")
    _demand(told["lifecycle"] == "lost", f"absent, and the driver said {told}")


def plugged(trial: Trial) -> None:
    """A driver that waits finds what is plugged in."""
    if not trial.started:
        trial.start()
    trial.plug()


def rights(trial: Trial) -> None:
    """Our rules give the node to our group and to nobody else."""
    trial.ready()
    node = trial.bench.node()
    seen = node.stat()
    group, mode = grp.getgrgid(seen.st_gid).gr_name, stat.S_IMODE(seen.st_mode)
    _demand((group, mode) == (GROUP, 0o660), f"{node} is of group {group}, mode {mode:o}")
    stranger = subprocess.run(
        ["/usr/bin/test", "-r", str(node)], user="nobody", group="nogroup", extra_groups=[], check=False
    )
    _demand(stranger.returncode == 1, f"nobody may read {node}")
    if node.match("/dev/input/*"):
        found = pyudev.Devices.from_device_file(pyudev.Context(), str(node))
        _demand(found.properties.get("LIBINPUT_IGNORE_DEVICE") == "1", "libinput is not told to leave it alone")


def use(trial: Trial) -> None:
    """It does what it is for, several times in a row."""
    trial.ready()
    for _ in range(3):
        trial.use()


def taken(trial: Trial) -> None:
    """A second program is refused at once and says so; the first does not notice."""
    trial.ready()
    trial.operator.forget()
    trial.rival.forget()
    trial.rival.start(trial.device, trial.bench.settings)
    told = trial.rival.expect_lifecycle(trial.device, "failed", "ready", "lost")
    trial.rival.stop(trial.device)
    if told["lifecycle"] == "ready":
        trial.operator.listen()
        if any(record.get("lifecycle") == "lost" for record in trial.operator.seen):
            raise MissedError("the first program had just lost it")
    _demand(told["lifecycle"] == "failed", f"a second program was told {told}")
    trial.use()


def pulled_idle(trial: Trial) -> None:
    """Pulled out while nothing happens."""
    trial.ready()
    trial.pull()
    trial.plug()
    trial.use()


def other_node(trial: Trial) -> None:
    """Its old node's name is taken by another of the same model: the driver finds its own."""
    trial.ready()
    before = trial.bench.node()
    trial.pull()
    double = trial.bench.double("OTHER")
    try:
        trial.plug()
        _demand(trial.bench.node() != before, f"the double did not take {before}")
        trial.use()
    finally:
        double.remove()
    trial.use()


def pulled_mid_frame(trial: Trial) -> None:
    """What was cut off is never handed over, nor stuck to what comes next."""
    for _ in range(5):
        trial.ready()
        trial.operator.forget()
        trial.bench.begin(trial.operator)
        trial.pull()
        whole = [record for record in trial.operator.seen if record["record"] in {"Scan", "Weight"}]
        _demand(not whole, f"half a frame became {whole}")
        trial.operator.forget()
        trial.plug()
        trial.use()


def pulled_mid_job(trial: Trial) -> None:
    """A job that was cut off ends once, and never as if it had been done."""
    for _ in range(5):
        trial.ready()
        trial.operator.forget()
        trial.bench.begin(trial.operator)
        trial.bench.unplug()
        told = trial.bench.outcome(trial.operator)
        bad = told["record"] == "NoWeight" or told.get("state") == "unknown"
        _demand(bad, f"cut off, and the driver said {told}")
        trial.operator.expect_lifecycle(trial.device, "lost")
        trial.plug()
        trial.use()


def two_alike(trial: Trial) -> None:
    """Guessing would sell by the wrong one."""
    trial.afresh()
    trial.bench.plug()
    double = trial.bench.double(trial.bench.model.serial)
    try:
        trial.start()
        told = trial.operator.expect_lifecycle(trial.device, "failed", "ready", "lost")
        _demand(told["lifecycle"] == "failed", f"two fit, and the driver said {told}")
    finally:
        double.remove()
    trial.afresh()


def silent(trial: Trial) -> None:
    """READY means that it has answered."""
    trial.afresh()
    trial.bench.plug()
    trial.bench.end.wire.to_host = 0
    trial.start()
    told = trial.operator.expect_lifecycle(trial.device, "failed", "ready", "lost")
    _demand(told["lifecycle"] == "lost", f"mute, and the driver said {told}")
    trial.afresh()


def cycles(trial: Trial) -> None:
    """Again and again: nothing may be left behind."""
    trial.ready()
    first: dict[str, int] = {}
    for number in range(trial.options.cycles):
        trial.operator.forget()
        trial.pull()
        trial.plug()
        trial.use()
        if number == min(_WARM, trial.options.cycles - 1):
            first = trial.operator.count()
    _no_more_than(first, trial)


def stopped(trial: Trial) -> None:
    """A driver that was stopped leaves nothing."""
    trial.ready()
    trial.stop()
    _demand(bool(trial.at_rest), "what was open before the driver started is not known")
    _no_more_than(trial.at_rest, trial)


def _no_more_than(before: dict[str, int], trial: Trial) -> None:
    def settled() -> bool | None:
        now = trial.operator.count()
        return all(now[what] <= before[what] for what in before) or None

    try:
        until("as few files and threads as before", settled, DEADLINE_S / 4)
    except LabError as error:
        raise LabError(f"before: {before}, now: {trial.operator.count()}") from error


def _demand(so: bool, otherwise: str) -> None:
    if not so:
        raise LabError(otherwise)


FUNCTIONS: dict[str, Callable[[Trial], None]] = {
    case.__name__: case
    for case in (
        denied,
        absent,
        plugged,
        rights,
        use,
        taken,
        pulled_idle,
        other_node,
        pulled_mid_frame,
        pulled_mid_job,
        two_alike,
        silent,
        cycles,
        stopped,
    )
}

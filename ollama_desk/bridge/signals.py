"""Every event again, as a Qt signal of the same name that carries the event."""

from PySide6.QtCore import QObject, Signal

from ollama_desk.core.bus import EventBus
from ollama_desk.domain import events


class Signals(QObject):
    """Subscribes once to every event of the bus and re-emits it."""

    turn_started = Signal(events.TurnStarted)
    token_received = Signal(events.TokenReceived)
    turn_finished = Signal(events.TurnFinished)
    turn_stopped = Signal(events.TurnStopped)
    turn_failed = Signal(events.TurnFailed)
    chats_changed = Signal(events.ChatsChanged)
    models_changed = Signal(events.ModelsChanged)
    model_renamed = Signal(events.ModelRenamed)
    server_state_changed = Signal(events.ServerStateChanged)
    resources_sampled = Signal(events.ResourcesSampled)
    notice_raised = Signal(events.NoticeRaised)
    settings_changed = Signal(events.SettingsChanged)
    machine_examined = Signal(events.MachineExamined)
    pulls_changed = Signal(events.PullsChanged)
    pull_progressed = Signal(events.PullProgressed)
    pull_finished = Signal(events.PullFinished)
    pull_failed = Signal(events.PullFailed)
    imports_changed = Signal(events.ImportsChanged)
    import_progressed = Signal(events.ImportProgressed)
    import_finished = Signal(events.ImportFinished)
    import_failed = Signal(events.ImportFailed)
    move_changed = Signal(events.MoveChanged)
    move_progressed = Signal(events.MoveProgressed)
    updates_changed = Signal(events.UpdatesChanged)
    speeds_changed = Signal(events.SpeedsChanged)
    benchmark_progressed = Signal(events.BenchmarkProgressed)
    benchmark_finished = Signal(events.BenchmarkFinished)
    benchmark_failed = Signal(events.BenchmarkFailed)
    upkeep_changed = Signal(events.UpkeepChanged)
    verify_progressed = Signal(events.VerifyProgressed)
    exports_changed = Signal(events.ExportsChanged)
    export_progressed = Signal(events.ExportProgressed)
    export_finished = Signal(events.ExportFinished)
    export_failed = Signal(events.ExportFailed)

    def __init__(self, bus: EventBus, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unsubscribe = [
            bus.subscribe(events.TurnStarted, self.turn_started.emit),
            bus.subscribe(events.TokenReceived, self.token_received.emit),
            bus.subscribe(events.TurnFinished, self.turn_finished.emit),
            bus.subscribe(events.TurnStopped, self.turn_stopped.emit),
            bus.subscribe(events.TurnFailed, self.turn_failed.emit),
            bus.subscribe(events.ChatsChanged, self.chats_changed.emit),
            bus.subscribe(events.ModelsChanged, self.models_changed.emit),
            bus.subscribe(events.ModelRenamed, self.model_renamed.emit),
            bus.subscribe(events.ServerStateChanged, self.server_state_changed.emit),
            bus.subscribe(events.ResourcesSampled, self.resources_sampled.emit),
            bus.subscribe(events.NoticeRaised, self.notice_raised.emit),
            bus.subscribe(events.SettingsChanged, self.settings_changed.emit),
            bus.subscribe(events.MachineExamined, self.machine_examined.emit),
            bus.subscribe(events.PullsChanged, self.pulls_changed.emit),
            bus.subscribe(events.PullProgressed, self.pull_progressed.emit),
            bus.subscribe(events.PullFinished, self.pull_finished.emit),
            bus.subscribe(events.PullFailed, self.pull_failed.emit),
            bus.subscribe(events.ImportsChanged, self.imports_changed.emit),
            bus.subscribe(events.ImportProgressed, self.import_progressed.emit),
            bus.subscribe(events.ImportFinished, self.import_finished.emit),
            bus.subscribe(events.ImportFailed, self.import_failed.emit),
            bus.subscribe(events.MoveChanged, self.move_changed.emit),
            bus.subscribe(events.MoveProgressed, self.move_progressed.emit),
            bus.subscribe(events.UpdatesChanged, self.updates_changed.emit),
            bus.subscribe(events.SpeedsChanged, self.speeds_changed.emit),
            bus.subscribe(events.BenchmarkProgressed, self.benchmark_progressed.emit),
            bus.subscribe(events.BenchmarkFinished, self.benchmark_finished.emit),
            bus.subscribe(events.BenchmarkFailed, self.benchmark_failed.emit),
            bus.subscribe(events.UpkeepChanged, self.upkeep_changed.emit),
            bus.subscribe(events.VerifyProgressed, self.verify_progressed.emit),
            bus.subscribe(events.ExportsChanged, self.exports_changed.emit),
            bus.subscribe(events.ExportProgressed, self.export_progressed.emit),
            bus.subscribe(events.ExportFinished, self.export_finished.emit),
            bus.subscribe(events.ExportFailed, self.export_failed.emit),
        ]

    def disconnect_bus(self) -> None:
        """Hear nothing more: the windows are about to go."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()

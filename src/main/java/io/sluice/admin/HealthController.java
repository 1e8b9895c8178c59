package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.control.BackendProbe;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.store.History;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** How backends are, and probes of them on demand. */
@RestController
@RequestMapping(path = "/api/v1/pools/{pool}", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "health")
final class HealthController {
  /** Each holds a connection for seconds; more at once would make Sluice a scanner. */
  private static final int MOST_PROBES = 16;

  private static final int MOST_TRANSITIONS = 100;

  private final Changes changes;
  private final Live live;
  private final DataPlane dataPlane;
  private final History history;
  private final BackendProbe probe;
  private final Semaphore probes = new Semaphore(MOST_PROBES);

  HealthController(Changes changes, Live live, Management management) {
    this.changes = changes;
    this.live = live;
    this.dataPlane = management.dataPlane();
    this.history = management.history();
    this.probe = new BackendProbe(management.configuration());
  }

  @GetMapping("/backends/{id}/health")
  @Operation(
      operationId = "getBackendHealth",
      summary = "Shows a backend's last checks and every change of its health")
  ResponseEntity<byte[]> health(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    BackendSpec backend = changes.needBackend(pool, id);
    List<Map<String, @Nullable Object>> backends =
        live.of(pool).of(backend).stream().map(this::backend).toList();
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("pool", pool);
    view.put("id", id);
    view.put("backends", backends);
    view.put(
        "history",
        history.transitions(pool, id, MOST_TRANSITIONS).stream()
            .map(HealthController::transition)
            .toList());
    return Answers.ok(view);
  }

  private Map<String, @Nullable Object> backend(BackendStatus backend) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("id", backend.backend());
    view.put("address", backend.address());
    Live.OfPool.observed(view, backend);
    var found = dataPlane.health(backend.pool(), backend.backend());
    view.put("passed", found == null ? 0 : found.counts().passed());
    view.put("failed", found == null ? 0 : found.counts().failed());
    view.put(
        "checks",
        found == null
            ? List.of()
            : found.results().stream()
                .map(
                    result -> {
                      Map<String, @Nullable Object> check = new LinkedHashMap<>();
                      check.put("at", IsoTimes.text(result.at()));
                      check.put("latency", IsoTimes.millis(result.latency().toNanos()));
                      check.put("error", result.error());
                      return check;
                    })
                .toList());
    view.put(
        "transitions",
        found == null
            ? List.of()
            : found.transitions().stream()
                .map(
                    change -> {
                      Map<String, @Nullable Object> transition = new LinkedHashMap<>();
                      transition.put("at", IsoTimes.text(change.at()));
                      transition.put("from", Views.word(change.from()));
                      transition.put("to", Views.word(change.to()));
                      transition.put("checks", change.checks());
                      transition.put("cause", change.cause());
                      return transition;
                    })
                .toList());
    return view;
  }

  private static Map<String, @Nullable Object> transition(History.Transition stored) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("at", IsoTimes.text(stored.at()));
    view.put("from", stored.from());
    view.put("to", stored.to());
    view.put("cause", stored.cause());
    return view;
  }

  @PostMapping("/backends/{id}/check")
  @Operation(
      operationId = "checkBackend",
      summary = "Probes a backend now, step by step; its health does not change by it")
  ResponseEntity<byte[]> check(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    PoolSpec rules = changes.needPool(pool);
    BackendSpec backend = changes.needBackend(pool, id);
    if (call.hasBody() && !call.json().isEmpty()) {
      throw Refusals.invalid("", "this call takes no members");
    }
    return probed(rules, backend);
  }

  @PostMapping("/probe")
  @Operation(
      operationId = "probeAddress",
      summary = "Probes an address by the rules of a pool before it is added to it")
  ResponseEntity<byte[]> probe(Call call, @PathVariable("pool") String pool) {
    PoolSpec rules = changes.needPool(pool);
    try {
      return probed(rules, SnapshotDocument.backend(call.json()));
    } catch (InvalidException e) {
      throw Refusals.invalid(e);
    }
  }

  private ResponseEntity<byte[]> probed(PoolSpec pool, BackendSpec backend) {
    if (!probes.tryAcquire()) {
      throw Refusals.of(
              429, "too-many-probes", MOST_PROBES + " probes are under way; repeat this one soon.")
          .header(HttpHeaders.RETRY_AFTER, "1");
    }
    try {
      BackendProbe.Report report = probe.run(pool, backend);
      Map<String, @Nullable Object> view = new LinkedHashMap<>();
      view.put("ok", report.ok());
      view.put("address", backend.address().toString());
      view.put("steps", report.steps().stream().map(HealthController::step).toList());
      return Answers.ok(view);
    } finally {
      probes.release();
    }
  }

  private static Map<String, @Nullable Object> step(BackendProbe.Step step) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("step", step.name());
    view.put("ok", step.error() == null);
    view.put("ms", IsoTimes.millis(step.nanos()));
    view.put("detail", step.detail());
    view.put("error", step.error());
    return view;
  }
}

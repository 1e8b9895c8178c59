package io.sluice.admin;

import io.sluice.handoff.Lifecycle;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.stereotype.Component;

/**
 * {@code GET /actuator/lifecycle}: where this process is between start and end, the steps that led
 * there (those of an upgrade among them), and what the process before it still has to finish.
 */
@Component
@Endpoint(id = "lifecycle")
class LifecycleEndpoint {
  private final Lifecycle lifecycle;

  LifecycleEndpoint(Lifecycle lifecycle) {
    this.lifecycle = lifecycle;
  }

  @ReadOperation
  Map<String, Object> lifecycle() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("pid", ProcessHandle.current().pid());
    body.put("phase", lifecycle.phase().text());
    body.put("steps", lifecycle.way().stream().map(LifecycleEndpoint::step).toList());
    Lifecycle.Predecessor before = lifecycle.predecessor();
    if (before != null) {
      body.put("predecessor", before);
    }
    return body;
  }

  private static Map<String, Object> step(Lifecycle.Entry entry) {
    Map<String, Object> step = new LinkedHashMap<>();
    step.put("at", IsoTimes.text(entry.at()));
    step.put("phase", entry.phase().text());
    if (entry.detail() != null) {
      step.put("detail", entry.detail());
    }
    return step;
  }
}

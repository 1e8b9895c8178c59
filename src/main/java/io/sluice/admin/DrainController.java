package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.Wanted;
import io.sluice.control.Operations;
import io.sluice.store.Change;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** How backends are taken out of service and back, and removed. */
@RestController
@RequestMapping(
    path = "/api/v1/pools/{pool}/backends/{id}",
    produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "drain")
final class DrainController {
  /** How long a removal waits for requests in flight when the call does not say. */
  static final Duration USUAL_DRAIN = Duration.ofSeconds(30);

  private static final Duration LONGEST = Duration.ofDays(7);

  private final Changes changes;
  private final ResourceCalls calls;
  private final Views views;
  private final Operations operations;
  private final IdempotencyKeys keys;

  DrainController(
      Changes changes,
      ResourceCalls calls,
      Views views,
      Management management,
      IdempotencyKeys keys) {
    this.changes = changes;
    this.calls = calls;
    this.views = views;
    this.operations = management.operations();
    this.keys = keys;
  }

  @DeleteMapping
  @Operation(
      operationId = "deleteBackend",
      summary = "Drains a backend and removes it then; with drain=PT0S removes it at once")
  ResponseEntity<byte[]> delete(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    BackendResource resource = resource(pool, id);
    changes.needBackend(pool, id);
    Duration given = call.duration("drain");
    Duration drain = within("drain", given == null ? USUAL_DRAIN : given);
    if (drain.isZero() || call.dryRun()) {
      return calls.delete(call, resource);
    }
    List<String> ifMatch = calls.condition(call, resource, false);
    try {
      // Begun on what the caller has seen; from then on the drain belongs to the backend.
      ConfigChange.Check seen =
          inForce -> ResourceCalls.check(resource, inForce.snapshot(), ifMatch);
      Wanted wanted = new Wanted(true, drain, AtDeadline.CLOSE, null);
      return accepted(
          call,
          Changes.await(operations.drain(pool, id, wanted, call.change(), call.force(), seen)));
    } catch (ChangeException e) {
      throw calls.refused(resource, e);
    }
  }

  @PutMapping("/admin-state")
  @Operation(
      operationId = "putAdminState",
      summary = "Sets what is wanted of a backend: ready, drain or maint")
  ResponseEntity<byte[]> adminState(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    changes.needBackend(pool, id);
    Orders orders = Orders.of(call.json(), true);
    return set(call, resource(pool, id), orders);
  }

  @PostMapping("/drain")
  @Operation(operationId = "drainBackend", summary = "Drains a backend")
  ResponseEntity<byte[]> drain(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    return keys.run(
        call,
        () -> {
          changes.needBackend(pool, id);
          return set(call, resource(pool, id), Orders.of(call.jsonIfAny(), false));
        });
  }

  @DeleteMapping("/drain")
  @Operation(
      operationId = "undrainBackend",
      summary = "Ends the drain of a backend and makes it ready")
  ResponseEntity<byte[]> undrain(
      Call call, @PathVariable("pool") String pool, @PathVariable("id") String id) {
    changes.needBackend(pool, id);
    return set(call, resource(pool, id), Orders.ready());
  }

  private ResponseEntity<byte[]> set(Call call, BackendResource resource, Orders orders) {
    String reason = orders.reason == null ? call.reason() : orders.reason;
    Change change = call.change(call.change().source(), reason);
    String pool = resource.pool();
    String id = resource.id();
    try {
      if (call.dryRun()) {
        ConfigChange.Edit edit = inForce -> withState(inForce.snapshot(), pool, id, orders.state);
        return changes.run(call, edit, change, outcome -> Answers.nothing());
      }
      if (orders.state == AdminState.DRAIN) {
        return accepted(
            call, Changes.await(operations.drain(pool, id, orders.wanted, change, call.force())));
      }
      Snapshot now =
          Changes.await(operations.adminState(pool, id, orders.state, change, call.force()))
              .now()
              .snapshot();
      BackendSpec spec = Objects.requireNonNull(resource.find(now));
      return Answers.tagged(200, Etags.of(resource.write(spec)), resource.view(spec));
    } catch (ChangeException e) {
      throw calls.refused(resource, e);
    }
  }

  private static Snapshot withState(Snapshot snapshot, String pool, String id, AdminState state)
      throws ChangeException {
    PoolSpec in = snapshot.pool(pool);
    BackendSpec spec = in == null ? null : in.backend(id);
    if (in == null || spec == null) {
      throw ChangeException.of(
          ChangeException.Kind.NOT_FOUND, "not-found", "the backend has been removed");
    }
    return snapshot.withPool(in.withBackend(spec.withAdminState(state)));
  }

  private static ResponseEntity<byte[]> accepted(Call call, io.sluice.control.Operation operation) {
    return ResponseEntity.status(202)
        .header(HttpHeaders.LOCATION, call.location("/operations/" + operation.id()))
        .contentType(MediaType.APPLICATION_JSON)
        .body(JsonText.write(Views.operation(operation)));
  }

  private BackendResource resource(String pool, String id) {
    return new BackendResource(pool, id, views);
  }

  private static Duration within(String name, Duration duration) {
    if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
      throw Refusals.parameter(name, "expected a duration from PT0S to " + LONGEST);
    }
    return duration;
  }

  /**
   * The body of a call that changes the admin state.
   *
   * @param reason null: as the call says otherwise
   */
  private record Orders(AdminState state, Wanted wanted, @Nullable String reason) {
    private static final List<String> OF_DRAIN = List.of("deadline", "atDeadline", "revertAfter");

    static Orders ready() {
      return new Orders(AdminState.READY, new Wanted(false, null, AtDeadline.WAIT, null), null);
    }

    static Orders of(Map<String, @Nullable Object> body, boolean withState) {
      for (String name : body.keySet()) {
        boolean known = OF_DRAIN.contains(name) || name.equals("reason");
        if (!known && !(withState && name.equals("state"))) {
          throw Refusals.invalid(
              "/" + name.replace("~", "~0").replace("/", "~1"),
              "there is no such member; known are "
                  + (withState ? "state, " : "")
                  + "reason, deadline, atDeadline and revertAfter");
        }
      }
      AdminState state = withState ? state(body.get("state")) : AdminState.DRAIN;
      for (String name : OF_DRAIN) {
        if (state != AdminState.DRAIN && body.get(name) != null) {
          throw Refusals.invalid("/" + name, "this is only for the state drain");
        }
      }
      Wanted wanted =
          new Wanted(
              false,
              duration(body, "deadline"),
              atDeadline(body.get("atDeadline")),
              duration(body, "revertAfter"));
      return new Orders(state, wanted, reason(body.get("reason")));
    }

    private static AdminState state(@Nullable Object value) {
      for (AdminState state : AdminState.values()) {
        if (Views.word(state).equals(value)) {
          return state;
        }
      }
      throw Refusals.invalid("/state", "expected ready, drain or maint");
    }

    private static AtDeadline atDeadline(@Nullable Object value) {
      if (value == null) {
        return AtDeadline.WAIT;
      }
      for (AtDeadline known : AtDeadline.values()) {
        if (Views.word(known).equals(value)) {
          return known;
        }
      }
      throw Refusals.invalid("/atDeadline", "expected wait or close");
    }

    private static @Nullable Duration duration(Map<String, @Nullable Object> body, String name) {
      Object value = body.get(name);
      if (value == null) {
        return null;
      }
      Duration duration = value instanceof String text ? IsoTimes.duration(text) : null;
      if (duration == null || duration.isNegative() || duration.compareTo(LONGEST) > 0) {
        throw Refusals.invalid(
            "/" + name,
            "expected a duration from PT0S to " + LONGEST + ", for instance PT5M or 5m");
      }
      return duration;
    }

    private static @Nullable String reason(@Nullable Object value) {
      if (value == null) {
        return null;
      }
      if (!(value instanceof String text)) {
        throw Refusals.invalid("/reason", "expected a text");
      }
      return Call.checkedReason(text);
    }
  }
}

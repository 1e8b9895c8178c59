package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.Operation;
import io.sluice.control.Operations;
import io.sluice.control.Reconciler;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** How far a drain or a removal is, and what can still be done about it. */
@Controller
final class OperationPage {
  private static final Duration MORE = Duration.ofMinutes(5);

  private final PageShell shell;
  private final Operations operations;
  private final Reconciler reconciler;
  private final OperationsController api;
  private final DrainController drains;
  private final Formats fmt;

  OperationPage(
      PageShell shell,
      Management management,
      OperationsController api,
      DrainController drains,
      Formats fmt) {
    this.shell = shell;
    this.operations = management.operations();
    this.reconciler = management.reconciler();
    this.api = api;
    this.drains = drains;
    this.fmt = fmt;
  }

  /**
   * An operation as it is shown.
   *
   * @param sub since when, by whom and why
   * @param drained whether it is over and its backend still waits to be made ready
   * @param done the progress as a percentage
   * @param left of all, in words
   * @param expected when it ends, as far as its rate says; empty: unknown
   * @param deadline what happens when; empty: nothing
   */
  record View(
      Operation of,
      String headline,
      String sub,
      String css,
      String state,
      boolean removal,
      boolean running,
      boolean drained,
      String done,
      String left,
      String expected,
      String rate,
      String deadline,
      boolean overdue) {}

  @GetMapping("/operations/{number}")
  Rendering show(ServerWebExchange exchange, @PathVariable("number") String id) {
    return PageShell.page("operation", model(exchange, need(id)));
  }

  private Operation need(String id) {
    Operation found = operations.find(id);
    if (found == null) {
      throw Refusals.notFound("operation", id);
    }
    return found;
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange, Operation operation) {
    View view = view(operation);
    Map<String, @Nullable Object> model = shell.of(exchange, "backends", view.headline());
    model.put("operation", view);
    model.put("refresh", view.running() ? "5" : null);
    return model;
  }

  private View view(Operation operation) {
    boolean running = operation.endedAt() == null;
    boolean removal = operation.kind() == Operation.Kind.REMOVE;
    long all = total(operation.initial());
    long left = total(operation.load());
    double part = running ? (all == 0 ? 1 : 1 - Math.min(1, left / (double) all)) : 1;
    String headline =
        operation.backend()
            + switch (operation.state()) {
              case RUNNING -> removal ? " is being removed" : " drains";
              case SUSPENDED -> removal ? ": removal waits" : ": drain waits";
              case DONE -> removal ? " is removed" : " is drained";
              case CANCELLED -> removal ? ": removal called off" : ": drain called off";
              case FAILED -> removal ? ": removal failed" : ": drain failed";
            };
    Instant deadline = operation.deadline();
    return new View(
        operation,
        headline,
        sub(operation),
        css(operation.state()),
        Views.word(operation.state()),
        removal,
        running,
        !running && !removal && isInDrain(operation),
        String.format(Locale.ROOT, "%.1f%%", part * 100),
        fmt.number(left) + " of " + fmt.number(all) + " left",
        running ? Attention.expected(operation, fmt) : "",
        operation.ratePerSecond() > 0 ? fmt.rate(operation.ratePerSecond()) + " a second" : "",
        running && deadline != null ? deadline(deadline) : "",
        running && deadline != null && deadline.isBefore(Instant.now()));
  }

  private boolean isInDrain(Operation operation) {
    BackendSpec backend =
        reconciler.inForce().snapshot().backend(operation.pool(), operation.backend());
    return backend != null && backend.adminState() == AdminState.DRAIN;
  }

  private String sub(Operation operation) {
    return "since "
        + fmt.clock(operation.startedAt())
        + " UTC by "
        + operation.author()
        + (operation.reason() == null ? "" : " · " + operation.reason());
  }

  private String deadline(Instant deadline) {
    Duration left = Duration.between(Instant.now(), deadline);
    return left.isNegative()
        ? "passed " + fmt.span(left.negated()) + " ago"
        : "in " + fmt.span(left);
  }

  private static long total(Operation.Load load) {
    return (long) load.requests() + load.tunnels();
  }

  private static String css(Operation.State state) {
    return switch (state) {
      case RUNNING, SUSPENDED -> "warn";
      case DONE -> "ok";
      case CANCELLED -> "mute";
      case FAILED -> "bad";
    };
  }

  @PostMapping("/operations/{number}/{action}")
  Rendering act(
      ServerWebExchange exchange,
      @PathVariable("number") String id,
      @PathVariable("action") String action,
      Form form) {
    Operation operation = need(id);
    try {
      return switch (action) {
        case "cancel" -> cancel(exchange, operation);
        case "extend" -> extend(exchange, operation);
        case "finish" -> finish(exchange, operation);
        default -> throw Refusals.notFound("action", action);
      };
    } catch (ProblemException problem) {
      Map<String, @Nullable Object> model = model(exchange, need(id));
      shell.refused(exchange, model, action, problem, form);
      return PageShell.page("operation", model, problem);
    }
  }

  private Rendering cancel(ServerWebExchange exchange, Operation operation) {
    String path = FormCall.path("operations", operation.id());
    api.cancel(
        FormCall.of(exchange, HttpMethod.DELETE, path, Map.of(), Map.of(), null), operation.id());
    return PageShell.seeOther("/operations/" + operation.id(), Done.CANCELLED);
  }

  /** Five minutes from the deadline on, or from now on when that is over or was none. */
  private Rendering extend(ServerWebExchange exchange, Operation operation) {
    Instant now = Instant.now();
    Instant deadline = operation.deadline();
    Duration left = deadline == null ? Duration.ZERO : Duration.between(now, deadline);
    Duration wanted = (left.isNegative() ? Duration.ZERO : left).plus(MORE);
    renew(exchange, operation, wanted, Views.word(operation.atDeadline()), now);
    return PageShell.seeOther("/operations/" + operation.id(), Done.EXTENDED);
  }

  private Rendering finish(ServerWebExchange exchange, Operation operation) {
    renew(exchange, operation, Duration.ZERO, "close", Instant.now());
    return PageShell.seeOther("/operations/" + operation.id(), Done.FINISHED);
  }

  /** Asks for the same drain with another deadline, which is how the API changes one. */
  private void renew(
      ServerWebExchange exchange,
      Operation operation,
      Duration deadline,
      String atDeadline,
      Instant now) {
    if (operation.endedAt() != null) {
      throw Refusals.of(409, "conflict", "The operation has ended; nothing was changed.");
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("state", "drain");
    body.put("deadline", seconds(deadline).toString());
    body.put("atDeadline", atDeadline);
    Instant revertAt = operation.revertAt();
    if (revertAt != null) { // what is not asked for again would be forgotten
      Duration left = Duration.between(now, revertAt);
      body.put("revertAfter", seconds(left.isNegative() ? Duration.ZERO : left).toString());
    }
    body.values().removeIf(Objects::isNull);
    String path =
        FormCall.path("pools", operation.pool(), "backends", operation.backend(), "admin-state");
    Call call = FormCall.of(exchange, HttpMethod.PUT, path, Map.of(), Map.of(), body);
    drains.adminState(call, operation.pool(), operation.backend());
  }

  private static Duration seconds(Duration duration) {
    return Duration.ofSeconds(duration.toSeconds());
  }
}

package io.sluice.admin;

import io.sluice.control.ChangeException;
import io.sluice.control.Operations;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Comparator;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping(path = "/api/v1/operations", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "operations")
final class OperationsController {
  private final Changes changes;
  private final Operations operations;

  OperationsController(Changes changes, Management management) {
    this.changes = changes;
    this.operations = management.operations();
  }

  @GetMapping
  @Operation(operationId = "listOperations", summary = "Lists drains and removals, newest first")
  ResponseEntity<byte[]> list(Call call) {
    List<io.sluice.control.Operation> sorted =
        operations.list().stream().sorted(Comparator.comparing(OperationsController::key)).toList();
    var page = Pages.of(call, sorted, OperationsController::key, operation -> true);
    return Answers.page(call, page, changes.inForce().revision().number(), Views::operation);
  }

  /** Newest first: the time, counted down. */
  private static String key(io.sluice.control.Operation operation) {
    long left = Long.MAX_VALUE - operation.startedAt().toEpochMilli();
    return "%019d %s".formatted(left, operation.id());
  }

  @GetMapping("/{id}")
  @Operation(operationId = "getOperation", summary = "Shows how far an operation is")
  ResponseEntity<byte[]> get(Call call, @PathVariable("id") String id) {
    return Answers.ok(Views.operation(need(id)));
  }

  @DeleteMapping("/{id}")
  @Operation(
      operationId = "cancelOperation",
      summary = "Calls an operation off and makes its backend ready; an ended one stays so")
  ResponseEntity<byte[]> cancel(Call call, @PathVariable("id") String id) {
    need(id);
    try {
      io.sluice.control.Operation after = Changes.await(operations.cancel(id, call.change()));
      if (after == null) {
        throw Refusals.notFound("operation", id);
      }
      return Answers.ok(Views.operation(after));
    } catch (ChangeException e) {
      throw Problems.ofChange(e);
    }
  }

  private io.sluice.control.Operation need(String id) {
    io.sluice.control.Operation found = operations.find(id);
    if (found == null) {
      throw Refusals.notFound("operation", id);
    }
    return found;
  }
}

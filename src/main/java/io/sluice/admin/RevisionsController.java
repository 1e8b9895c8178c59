package io.sluice.admin;

import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.ChangeException;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping(path = "/api/v1/revisions", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "revisions")
final class RevisionsController {
  private final Changes changes;
  private final SnapshotStore store;
  private final IdempotencyKeys keys;

  RevisionsController(Changes changes, Management management, IdempotencyKeys keys) {
    this.changes = changes;
    this.store = management.snapshots();
    this.keys = keys;
  }

  @GetMapping
  @Operation(operationId = "listRevisions", summary = "Lists revisions, newest first")
  ResponseEntity<byte[]> list(Call call) {
    int limit = Pages.limit(call);
    var page = Pages.ofStored(store.list(Pages.before(call), limit), limit, Revision::number);
    return Answers.page(call, page, changes.inForce().revision().number(), Views::revision);
  }

  @GetMapping("/{number}")
  @Operation(
      operationId = "getRevision",
      summary = "Shows a revision with the configuration as it was")
  ResponseEntity<byte[]> get(Call call, @PathVariable("number") String number) {
    SnapshotStore.Stored stored = need(number);
    Map<String, @Nullable Object> view = Views.revision(stored.revision());
    view.put("config", SnapshotDocument.write(stored.snapshot()));
    return Answers.read(call, Etags.of(view), view);
  }

  @GetMapping("/diff")
  @Operation(operationId = "diffRevisions", summary = "Shows what differs between two revisions")
  ResponseEntity<byte[]> diff(Call call) {
    SnapshotStore.Stored from = needParameter(call, "from");
    SnapshotStore.Stored to = needParameter(call, "to");
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("from", Views.revision(from.revision()));
    view.put("to", Views.revision(to.revision()));
    view.put(
        "changes",
        TreeDiff.between(
            SnapshotDocument.write(from.snapshot()), SnapshotDocument.write(to.snapshot())));
    return Answers.ok(view);
  }

  @PostMapping("/{number}/rollback")
  @Operation(
      operationId = "rollback",
      summary = "Makes the configuration what it was, as a new revision")
  ResponseEntity<byte[]> rollback(Call call, @PathVariable("number") String number) {
    return keys.run(
        call,
        () -> {
          SnapshotStore.Stored stored = need(number);
          Snapshot wanted = stored.snapshot();
          String given = call.reason();
          String reason =
              given == null ? "rollback to revision " + stored.revision().number() : given;
          try {
            return changes.run(
                call,
                inForce -> wanted,
                call.change("rollback", reason),
                outcome -> Answers.ok(Views.revision(outcome.now().revision())));
          } catch (ChangeException e) {
            throw Problems.ofChange(e);
          }
        });
  }

  private SnapshotStore.Stored needParameter(Call call, String name) {
    String number = call.query(name);
    if (number == null || !isNumber(number)) {
      throw Refusals.parameter(name, "expected the number of a revision");
    }
    return need(number);
  }

  static boolean isNumber(String text) {
    return text.matches("[1-9][0-9]{0,17}");
  }

  /** A revision; without it the call ends with 404. */
  SnapshotStore.Stored need(String number) {
    SnapshotStore.Stored stored = isNumber(number) ? store.find(Long.parseLong(number)) : null;
    if (stored == null) {
      throw Refusals.of(
          404,
          "not-found",
          "There is no revision " + Refusals.quoted(number) + ", or it is not kept any more.");
    }
    return stored;
  }
}
